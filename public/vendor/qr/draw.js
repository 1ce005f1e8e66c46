// What pages take of the library to draw codes.
export { encodeQR as default } from 'qr';

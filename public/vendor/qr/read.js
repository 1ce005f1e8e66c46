// What pages take of the library to read codes, where the browser cannot.
export { decodeQR as default } from 'qr/decode.js';

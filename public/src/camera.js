// The camera as a reader of codes. The browser's own detector is used where there is
// one; else a library is loaded (vendor/qr).
const most = 640; // pixels of the longer side that are looked at
const pause = 120; // ms between looks

// canScan reports whether there may be a camera at all.
export const canScan = () => Boolean(navigator.mediaDevices?.getUserMedia);

export class Camera {
  #video;
  #reader; // address of the library
  #stream = null;
  #timer = 0;
  #detect = null;
  #found = null;

  constructor(video, reader) {
    [this.#video, this.#reader] = [video, reader];
  }

  get running() {
    return this.#stream !== null;
  }

  // start opens the camera and calls found(text) for each code it sees, as often as it
  // sees it, until stop. Errors: those of getUserMedia.
  async start(found, device = '') {
    if (this.#stream) return;
    const which = device ? { deviceId: { exact: device } } : { facingMode: 'environment' };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } });
    [this.#stream, this.#found] = [stream, found];
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {});
    this.#detect ??= await detector(this.#reader);
    const look = async () => {
      if (this.#stream !== stream) return;
      try {
        if (this.#video.readyState >= 2) for (const text of await this.#detect(this.#video)) found(text);
      } catch (error) {
        console.warn(error);
      }
      if (this.#stream === stream) this.#timer = setTimeout(look, pause);
    };
    look();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#video.srcObject = null;
  }

  // others are the cameras beside the one that is open.
  async others() {
    const now = this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const all = await navigator.mediaDevices.enumerateDevices();
    return all.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '' && deviceId !== now).map(({ deviceId }) => deviceId);
  }

  // turn goes on with the next camera; the last one leads to the first.
  async turn() {
    const now = this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const all = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput').map(({ deviceId }) => deviceId);
    const found = this.#found;
    this.stop();
    await this.start(found, all[(all.indexOf(now) + 1) % all.length]);
  }

  // torch says whether there is a lamp.
  get torch() {
    return Boolean(this.#stream?.getVideoTracks()[0]?.getCapabilities?.().torch);
  }

  async light(on) {
    await this.#stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on }] });
  }
}

// detector is a function from a video to the texts of the codes in it.
async function detector(reader) {
  if ('BarcodeDetector' in globalThis) {
    const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (formats.includes('qr_code')) {
      const native = new BarcodeDetector({ formats: ['qr_code'] });
      return async (video) => (await native.detect(video)).map(({ rawValue }) => rawValue);
    }
  }
  const { default: decode } = await import(reader);
  const canvas = document.createElement('canvas');
  const paint = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    const { videoWidth, videoHeight } = video;
    const scale = Math.min(1, most / Math.max(videoWidth, videoHeight));
    [canvas.width, canvas.height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    if (canvas.width === 0) return [];
    paint.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { width, height, data } = paint.getImageData(0, 0, canvas.width, canvas.height);
    try {
      return [decode({ width, height, data })];
    } catch {
      return []; // no code in this picture
    }
  };
}

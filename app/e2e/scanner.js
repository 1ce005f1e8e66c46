// A phone that reads codes off pictures, as a camera app does: jsQR in a page of its own.
const script = new URL('node_modules/jsqr/dist/jsQR.js', import.meta.url).pathname;

export async function scanner(browser) {
  const page = await (await browser.newContext()).newPage();
  await page.addScriptTag({ path: script });
  // of reads a picture's bytes, PNG or JPEG; undefined where there is no code.
  return {
    of: (bytes, type = 'image/png') => page.evaluate(async (url) => {
      const bitmap = await createImageBitmap(await (await fetch(url)).blob());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      return window.jsQR(data, width, height, { inversionAttempts: 'dontInvert' })?.data;
    }, `data:${type};base64,${bytes.toString('base64')}`),
  };
}

// What an Open Assets definition must be to speak for an asset; assets/openassets has
// the same rules.
const most = { name_short: 10, name: 200, issuer: 200, type: 200, description: 8192, description_mime: 200 };
const addresses = ['contract_url', 'icon_url', 'image_url'];
const maxBytes = 64 << 10;

// listed are the assets that a definition lists; none for what is no definition.
export function listed(content) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    const d = JSON.parse(text);
    return content.length <= maxBytes && holds(d) ? d.asset_ids : [];
  } catch {
    return [];
  }
}

function holds(d) {
  const texts = [...Object.keys(most), ...addresses, 'version'];
  return Array.isArray(d.asset_ids) && d.asset_ids.length <= 1000 && d.asset_ids.every((id) => typeof id === 'string')
    && texts.every((key) => ['string', 'undefined'].includes(typeof (d[key] ?? undefined)))
    && Object.entries(most).every(([key, n]) => Array.from(d[key] ?? '').length <= n)
    && [d.name, d.name_short].every((name) => /\S/.test(name ?? ''))
    && isDivisibility(d.divisibility ?? 0) && ['boolean', 'undefined'].includes(typeof (d.link_to_website ?? undefined))
    && ['', '1.0'].includes(d.version ?? '');
}

const isDivisibility = (n) => Number.isInteger(n) && n >= 0 && n <= 18;

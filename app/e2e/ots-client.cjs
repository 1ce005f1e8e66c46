// Drives the unmodified npm client `opentimestamps` against a running Cairn:
//
//   node ots-client.cjs stamp   <calendar> <file> <file.ots>
//   node ots-client.cjs upgrade <calendar> <file.ots>       exit 3 while pending
//   node ots-client.cjs verify  <calendar> <file> <file.ots>
//
// `verify` prints {height: …, timestamp: …} as the client returned it. The
// client takes headers from any Esplora; Cairn serves those of its chain.
const fs = require('fs')
const OpenTimestamps = require('opentimestamps')

const [action, calendar, ...files] = process.argv.slice(2)

function detachedOf (file) {
  return OpenTimestamps.DetachedTimestampFile.fromBytes(new OpenTimestamps.Ops.OpSHA256(), fs.readFileSync(file))
}

function proofOf (file) {
  return OpenTimestamps.DetachedTimestampFile.deserialize(fs.readFileSync(file))
}

const actions = {
  async stamp (file, ots) {
    const detached = detachedOf(file)
    await OpenTimestamps.stamp(detached, { calendars: [calendar], m: 1 })
    fs.writeFileSync(ots, Buffer.from(detached.serializeToBytes()))
  },
  async upgrade (ots) {
    const proof = proofOf(ots)
    const whitelist = new OpenTimestamps.Calendar.UrlWhitelist()
    whitelist.add(calendar)
    const changed = await OpenTimestamps.upgrade(proof, { whitelist })
    if (!changed || !proof.timestamp.isTimestampComplete()) process.exit(3)
    fs.writeFileSync(ots, Buffer.from(proof.serializeToBytes()))
  },
  async verify (file, ots) {
    const result = await OpenTimestamps.verify(proofOf(ots), detachedOf(file), {
      ignoreBitcoinNode: true,
      // Its documentation says options.esplora; its code reads these.
      url: calendar + '/esplora',
      timeout: 5000
    })
    console.log(JSON.stringify(result))
    if (!result.bitcoin) process.exit(1)
  }
}

actions[action](...files).catch(err => { console.error(String(err)); process.exit(1) })

// Package config is Cairn's whole configuration as one typed value. Each
// field is a flag, an environment variable (CAIRN_ and the flag's name in
// capitals) and a key of the configuration file; the help texts below are the
// manual, printed by `cairn serve --help` and `cairn config`.
//
// It imports package chain for the names of networks, and nothing else of ours.
package config

import (
	"time"

	"cairn/chain"

	"github.com/alecthomas/kong"
)

// Vars are what the defaults above are made of, for kong.
func Vars() kong.Vars {
	return kong.Vars{"data": DefaultData(), "listen": DefaultListen, "metrics": DefaultMetrics}
}

// Config is everything an operator may decide. The zero value of a field that
// has no default means "chosen by the network", which Resolve fills in.
type Config struct {
	Data     string        `help:"Folder for everything Cairn keeps; made with mode 0700." default:"${data}" type:"path" group:"General"`
	Network  chain.Network `help:"devnet (a chain inside this process), signet, testnet4 or mainnet." enum:"devnet,signet,testnet4,mainnet" default:"devnet" group:"General"`
	Database string        `help:"postgres://… to use PostgreSQL; empty for SQLite in the data folder." group:"General" secret:""`
	Replica  string        `help:"Name of this process among several on one database; empty derives a stable one from the data folder." group:"General"`
	Upstream []string      `help:"Calendars of others that are asked as well (repeatable), merged into every proof." placeholder:"URL" group:"General"`

	Web     Web     `embed:"" prefix:"web-" group:"Web"`
	Log     Log     `embed:"" prefix:"log-" group:"Logs and metrics"`
	Devnet  Devnet  `embed:"" prefix:"devnet-" group:"Devnet"`
	Anchor  Anchor  `embed:"" prefix:"anchor-" group:"Anchoring"`
	TSA     TSA     `embed:"" prefix:"tsa-" group:"Time-stamp authority"`
	Node    Node    `embed:"" prefix:"node-" group:"Node"`
	Sandbox Sandbox `embed:"" prefix:"sandbox-" group:"Devnet"`
	Till    Till    `embed:"" prefix:"till-" group:"Till"`
	Prices  Prices  `embed:"" prefix:"prices-" group:"Prices"`
	Assets  Assets  `embed:"" prefix:"assets-" group:"Assets"`
}

// The addresses when nobody chose any. A taken port then moves on to the next
// free one; an operator's own choice never does.
const (
	DefaultListen  = "127.0.0.1:8780"
	DefaultMetrics = "127.0.0.1:8781"
	// DefaultPeers is where the node listens for Lightning peers on the devnet.
	DefaultPeers = "127.0.0.1:9735"
)

// Web is how people and programs reach Cairn.
type Web struct {
	Listen         string   `help:"Address of the site. A taken port moves on to the next free one when this is the default." default:"${listen}"`
	PublicURL      string   `name:"public-url" help:"How the world reaches the site; it stands in every proof as the calendar's address, so choose it once. Empty: http:// and the listen address." placeholder:"URL"`
	TrustedProxies []string `help:"Networks (CIDR) of reverse proxies whose X-Forwarded-For is believed." placeholder:"CIDR"`
	APIRate        int      `name:"api-rate" help:"Digests a second that one address may have stamped, or be told of, through the API; ten times as many at once. 0 for no limit." default:"20000"`
	Gallery        bool     `help:"Serve /gallery, every component in every state; always on with the devnet."`
}

// Log is what the operator sees of the running process.
type Log struct {
	Level   string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	Format  string `help:"text, json, or auto (text on a terminal, JSON elsewhere)." enum:"auto,text,json" default:"auto"`
	Metrics string `help:"Address of the Prometheus listener; empty to have none. Keep it on loopback." default:"${metrics}"`
}

// Devnet is the chain made in this process.
type Devnet struct {
	BlockInterval time.Duration `help:"How often a block is mined when something waits in the mempool; 0 mines on demand only." default:"5s"`
}

// Sandbox is what a newcomer finds on the devnet.
type Sandbox struct {
	Payer    bool `help:"Run a second Lightning node that pays with play money what visitors want to try (devnet only; about 60 MB)." default:"true" negatable:""`
	Examples bool `help:"Fill the sandbox with living examples of campaigns at the first start (devnet only)." default:"true" negatable:""`
}

// TSA is the time-stamp authority (RFC 3161).
type TSA struct {
	Key    string `help:"PEM file with the private key of an authority of yours (ECDSA or RSA); empty makes an authority of our own." type:"path"`
	Chain  string `help:"PEM file with its certificates, the signer's first, the root last; with --tsa-key." type:"path"`
	Policy string `help:"Policy that stands in every token; empty for one that promises nothing beyond RFC 3161." placeholder:"OID"`
	Secret string `help:"File of 64 hexadecimal digits that seals the keys of our own authority in the database; replicas with the same one share the authority. Empty keeps a random one in the data folder." type:"path"`
}

// Anchor is when and how digests go into the chain.
type Anchor struct {
	Interval      time.Duration `help:"Least time between two anchor transactions; 0 chooses by the network (devnet 1s, others 10m)." default:"0s"`
	Confirmations int32         `help:"Confirmations after which a proof is complete; 0 chooses by the network (devnet 1, others 6)." default:"0"`
	BumpAfter     int32         `help:"Blocks an anchor may wait before its fee is raised." default:"2"`
	DailyFee      int64         `help:"Most the node pays miners in one UTC day, in satoshi; further anchors wait for the next day. 0 chooses by the network (devnet 1 coin, others 100000)." default:"0"`
	MaxFeeRate    int64         `help:"Highest fee rate an anchor may be raised to, in sat/vB." default:"200"`
}

// Node is the wallet and Lightning engine.
type Node struct {
	Remote       string   `help:"HOST:PORT of an lnd of yours; empty runs the embedded engine."`
	Cert         string   `help:"TLS certificate file of the remote lnd." type:"path"`
	Macaroon     string   `help:"Admin macaroon file of the remote lnd." type:"path"`
	Backend      string   `help:"Where the embedded engine reads the chain: neutrino (light client), bitcoind or btcd." enum:"neutrino,bitcoind,btcd" default:"neutrino"`
	Peers        []string `help:"Bitcoin nodes the light client connects to; empty finds its own." placeholder:"HOST:PORT"`
	FeeURL       string   `name:"fee-url" help:"Fee estimates for the light client (mainnet)." placeholder:"URL"`
	RPCHost      string   `name:"rpc-host" help:"HOST:PORT of bitcoind's or btcd's RPC."`
	RPCUser      string   `name:"rpc-user" help:"RPC user."`
	RPCPassFile  string   `name:"rpc-pass-file" help:"File with the RPC password." type:"path"`
	RPCCert      string   `name:"rpc-cert" help:"btcd's RPC certificate file." type:"path"`
	ZMQBlock     string   `name:"zmq-block" help:"bitcoind's zmqpubrawblock address; with --node-zmq-tx. Without both, blocks are polled."`
	ZMQTx        string   `name:"zmq-tx" help:"bitcoind's zmqpubrawtx address."`
	Listen       string   `help:"HOST:PORT where other Lightning nodes reach the embedded one; empty for none, and on the devnet for a free port of this machine." placeholder:"HOST:PORT"`
	External     string   `help:"HOST:PORT that other Lightning nodes are told to call; with --node-listen." placeholder:"HOST:PORT"`
	Forward      bool     `help:"Let payments of strangers pass through this node's channels, for a fee."`
	BackupTo     string   `name:"backup-to" help:"Folder, best on another disk, for a second copy of the channel backup, written at every change of a channel." type:"path"`
	PasswordFile string   `help:"File with the wallet password; empty keeps a random one in the data folder." type:"path"`
	Hot          bool     `name:"i-understand-hot-wallet" help:"Needed on mainnet: the node's keys are online, and I keep only fee money there."`
}

// Till is how payments are taken.
type Till struct {
	Expiry        time.Duration `help:"How long a price holds, 10s to 24h; what comes later is credited. 0 for 15 minutes." default:"15m"`
	Confirmations int32         `help:"Blocks after which a payment on chain counts; 0 chooses by the network (devnet 1, others 2). Lightning counts at once." default:"0"`
	LeastOnChain  int64         `name:"least-on-chain" help:"Smallest price, in satoshi, for which an address is offered beside the Lightning invoice; 0 for 1000." default:"1000"`
}

// Assets is what is known of colored coins.
type Assets struct {
	From int32 `help:"First block that is looked through for assets; what was coloured below it is not known. -1 chooses by the network: devnet 0, mainnet with a full node 299220, otherwise the first block that comes." default:"-1"`
}

// Prices is what things cost, in satoshi. The books, in the same words, are in
// the operator's pages, in the metrics and in the doctor's findings.
type Prices struct {
	FreeStamps    int64  `help:"Digests that one address may have stamped in lists for nothing, a day, all at once if it likes. A digest by itself is always free." default:"10000"`
	Stamps        int64  `help:"Price of 1,000 digests in lists beyond that; 0 keeps all stamping free." default:"10"`
	ExpressMargin int64  `help:"What an express anchor costs above its fee to the miners, in percent of that fee." default:"20"`
	ExpressLeast  int64  `help:"Smallest price of an express anchor." default:"1000"`
	Ticket        int64  `help:"Price of a prepaid ticket, good for 1,000 digests in lists; nobody can tell who bought one. 0 sells none." default:"10"`
	SponsorMargin int64  `help:"What it costs to have the network fee of a transaction paid, above that fee, in percent of it." default:"20"`
	SponsorLeast  int64  `help:"Smallest price of that." default:"10"`
	DonationName  string `help:"Name before the @ of the Lightning address that takes donations; empty for none." default:"donate"`
	DonationLeast int64  `help:"Smallest donation taken." default:"100"`
	DonationMost  int64  `help:"Largest donation taken." default:"1000000"`
}

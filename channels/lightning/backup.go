package lightning

import (
	"context"
	"fmt"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// maxBackup bounds a channel backup, in bytes: some 10,000 channels.
const maxBackup = 4 << 20

// Backup is the static backup of all channels, sealed so that only the wallet's
// seed opens it, and how many channels are in it. It cannot bring channels
// back, but has the other sides close them and pay out what is ours. Errors:
// chain.ErrEngineDown.
func (n *Node) Backup(ctx context.Context) (sealed []byte, channels int, err error) {
	answer, err := n.lnd.ExportAllChannelBackups(ctx, &lnrpc.ChanBackupExportRequest{})
	if err != nil {
		return nil, 0, kindOf("make a channel backup", err)
	}
	multi := answer.GetMultiChanBackup()
	return multi.GetMultiChanBackup(), len(multi.GetChanPoints()), nil
}

// VerifyBackup opens a backup with the wallet's seed and lists the channels in
// it, "txid:index". Errors: ErrBackup, chain.ErrEngineDown.
func (n *Node) VerifyBackup(ctx context.Context, sealed []byte) ([]string, error) {
	if len(sealed) == 0 || len(sealed) > maxBackup {
		return nil, kindf(ErrBackup, "it has %d bytes", len(sealed))
	}
	answer, err := n.lnd.VerifyChanBackup(ctx, &lnrpc.ChanBackupSnapshot{
		MultiChanBackup: &lnrpc.MultiChanBackup{MultiChanBackup: sealed},
	})
	if err != nil {
		return nil, notABackup(kindOf("verify a channel backup", err))
	}
	return answer.ChanPoints, nil
}

// Restore has the other sides of a backup's channels close them, so that what is
// ours comes back to the wallet; the result is how many channels were not known
// before. It is for a wallet restored from its seed. Errors: ErrBackup,
// chain.ErrEngineDown.
func (n *Node) Restore(ctx context.Context, sealed []byte) (channels int, err error) {
	if _, err := n.VerifyBackup(ctx, sealed); err != nil {
		return 0, err
	}
	answer, err := n.lnd.RestoreChannelBackups(ctx, &lnrpc.RestoreChanBackupRequest{
		Backup: &lnrpc.RestoreChanBackupRequest_MultiChanBackup{MultiChanBackup: sealed},
	})
	if err != nil {
		return 0, notABackup(kindOf("restore a channel backup", err))
	}
	return int(answer.NumRestored), nil
}

func notABackup(err error) error {
	if unnamed(err) {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return err
}

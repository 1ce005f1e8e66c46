package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"cairn/app/db/durable"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// keptBackups is how many static channel backups stay in the backups folder.
// Only the newest can bring all channels back; the older ones are there in case
// the disk hurt it.
const keptBackups = 30

// keepBackups copies lnd's static channel backup (all channels in one sealed
// blob that only the wallet's seed opens) into the backups folders, now and on
// each change of the channels, until ctx ends.
func (n *Node) keepBackups(ctx context.Context) {
	for ctx.Err() == nil {
		if err := n.followBackups(ctx); ctx.Err() == nil {
			n.log.Warn("channel backups interrupted", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
}

// followBackups works until something fails, which it reports.
func (n *Node) followBackups(ctx context.Context) error {
	lightning := lnrpc.NewLightningClient(n.conn)
	changes, err := lightning.SubscribeChannelBackups(ctx, &lnrpc.ChannelBackupSubscription{})
	if err != nil {
		return err
	}
	now, err := lightning.ExportAllChannelBackups(ctx, &lnrpc.ChanBackupExportRequest{})
	if err != nil {
		return err
	}
	for snapshot := now; ; {
		if err := n.storeBackup(snapshot.GetMultiChanBackup()); err != nil {
			return err
		}
		if snapshot, err = changes.Recv(); err != nil {
			return err
		}
	}
}

// storeBackup writes one backup into each folder for them. A folder that fails
// does not keep the other from its copy; the error has the whole tried again.
func (n *Node) storeBackup(multi *lnrpc.MultiChanBackup) error {
	if multi == nil || len(multi.ChanPoints) == 0 {
		return nil
	}
	var errs []error
	for _, dir := range n.backupDirs() {
		errs = append(errs, n.storeBackupIn(dir, multi))
	}
	return errors.Join(errs...)
}

// backupDirs are the folders for channel backups: our own, and the operator's.
func (n *Node) backupDirs() []string {
	dirs := []string{n.paths.backups()}
	if n.cfg.BackupTo != "" {
		dirs = append(dirs, n.cfg.BackupTo)
	}
	return dirs
}

// storeBackupIn writes one backup under a name that sorts by time. The blob is
// sealed afresh each time, so channels are compared, not bytes: a set of
// channels that the newest file already has is not written again.
func (n *Node) storeBackupIn(dir string, multi *lnrpc.MultiChanBackup) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the backups folder: %w", err)
	}
	points := channelPoints(multi)
	name := filepath.Join(dir, "channels-"+n.cfg.Now().UTC().Format("20060102T150405.000")+".backup")
	if last := lastBackup(dir); last != "" {
		if list, err := os.ReadFile(last + ".txt"); err == nil && string(list) == points {
			return nil
		}
	}
	if err := durable.WriteFile(name, multi.MultiChanBackup); err != nil {
		return fmt.Errorf("write a channel backup: %w", err)
	}
	if err := durable.WriteFile(name+".txt", []byte(points)); err != nil {
		return fmt.Errorf("write a channel backup: %w", err)
	}
	n.log.Info("channel backup written", "file", name, "channels", len(multi.ChanPoints))
	return pruneBackups(dir)
}

// BackupPlace is a folder that channel backups are kept in.
type BackupPlace struct {
	Dir string
	// File is the newest backup's name, empty when there is none yet, and At
	// when it was written, UTC.
	File string
	At   time.Time
	// Sealed is what is in it.
	Sealed []byte
	// Err is why the folder or the file cannot be read.
	Err error
}

// Backups looks at the newest channel backup in each folder.
func (n *Node) Backups() []BackupPlace {
	var out []BackupPlace
	for _, dir := range n.backupDirs() {
		place := BackupPlace{Dir: dir}
		if name := lastBackup(dir); name != "" {
			place.File = filepath.Base(name)
			if info, err := os.Stat(name); err != nil {
				place.Err = err
			} else {
				place.At = info.ModTime().UTC()
				place.Sealed, place.Err = os.ReadFile(name)
			}
		} else if _, err := os.Stat(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			place.Err = err
		}
		out = append(out, place)
	}
	return out
}

// channelPoints lists the channels of a backup, one a line, for people and for
// comparison.
func channelPoints(multi *lnrpc.MultiChanBackup) string {
	lines := make([]string, 0, len(multi.ChanPoints))
	for _, p := range multi.ChanPoints {
		txid, err := lnrpc.GetChanPointFundingTxid(p)
		if err != nil {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s:%d\n", txid, p.OutputIndex))
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}

func backupFiles(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "channels-*.backup")) // fails for malformed patterns alone
	sort.Strings(files)
	return files
}

func lastBackup(dir string) string {
	files := backupFiles(dir)
	if len(files) == 0 {
		return ""
	}
	return files[len(files)-1]
}

func pruneBackups(dir string) error {
	files := backupFiles(dir)
	for len(files) > keptBackups {
		for _, old := range []string{files[0], files[0] + ".txt"} {
			if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("remove an old channel backup: %w", err)
			}
		}
		files = files[1:]
	}
	return nil
}

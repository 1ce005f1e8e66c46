package app

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADataFolderHasOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new")
	first, err := openDataFolder(path)
	if err != nil || !first.fresh {
		t.Fatalf("fresh folder: %+v %v", first, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}
	if _, err := openDataFolder(path); err == nil || !strings.Contains(err.Error(), "another Cairn already runs") {
		t.Errorf("second process: %v", err)
	}
	if err := first.checkNetwork("devnet"); err != nil {
		t.Fatal(err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openDataFolder(path)
	if err != nil || again.fresh {
		t.Fatalf("after the first ended: %+v %v", again, err)
	}
	defer again.close()
	if err := again.checkNetwork("devnet"); err != nil {
		t.Error(err)
	}
	if err := again.checkNetwork("mainnet"); err == nil || !strings.Contains(err.Error(), "belongs to devnet") {
		t.Errorf("another network: %v", err)
	}
}

func TestATakenPortMovesOnOnlyWhenItMay(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := listen(taken.Addr().String(), false); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("fixed: %v", err)
	}
	ln, err := listen(taken.Addr().String(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if ln.Addr().String() == taken.Addr().String() {
		t.Error("same address twice")
	}
}

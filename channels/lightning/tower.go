package lightning

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/lightningnetwork/lnd/lnrpc/wtclientrpc"
)

// Towers tells how the channels are watched. Errors: chain.ErrEngineDown.
func (n *Node) Towers(ctx context.Context) (Watch, error) {
	answer, err := n.towers.ListTowers(ctx, &wtclientrpc.ListTowersRequest{IncludeSessions: true})
	if err != nil {
		err = kindOf("list the node's watchtowers", err)
		if errors.Is(err, ErrTowerOff) {
			return Watch{}, nil
		}
		return Watch{}, err
	}
	stats, err := n.towers.Stats(ctx, &wtclientrpc.StatsRequest{})
	if err != nil {
		return Watch{}, kindOf("ask for the watchtowers' figures", err)
	}
	out := Watch{
		On: true, Backups: int(stats.NumBackups), Waiting: int(stats.NumPendingBackups), Failed: int(stats.NumFailedBackups),
	}
	for _, t := range answer.Towers {
		if len(t.Pubkey) != len(Tower{}.Key) {
			return Watch{}, errors.New("the node told of a watchtower without a key")
		}
		tower := Tower{Key: [33]byte(t.Pubkey), Addresses: t.Addresses}
		for _, info := range t.SessionInfo {
			tower.Active = tower.Active || info.ActiveSessionCandidate
			tower.Sessions += int(info.NumSessions)
			for _, s := range info.Sessions {
				tower.Backups += int(s.NumBackups)
				tower.Waiting += int(s.NumPendingBackups)
			}
		}
		out.Towers = append(out.Towers, tower)
	}
	return out, nil
}

// AddTower has a tower watch the channels from now on; doing so again is no
// error. Errors: ErrTowerOff, ErrTowerAddress, chain.ErrEngineDown.
func (n *Node) AddTower(ctx context.Context, at PeerAddress) error {
	_, err := n.towers.AddTower(ctx, &wtclientrpc.AddTowerRequest{Pubkey: at.Key[:], Address: at.Host})
	err = kindOf("add a watchtower", err)
	if err != nil && unnamed(err) {
		return fmt.Errorf("%w: %w", ErrTowerAddress, err)
	}
	return err
}

// RemoveTower stops using a tower. One that holds states is kept in the books,
// inactive, as it goes on watching them. Errors: ErrUnknownTower, ErrTowerBusy,
// ErrTowerOff, chain.ErrEngineDown.
func (n *Node) RemoveTower(ctx context.Context, key [33]byte) error {
	_, err := n.towers.RemoveTower(ctx, &wtclientrpc.RemoveTowerRequest{Pubkey: key[:]})
	err = kindOf("remove a watchtower", err)
	if err != nil && unnamed(err) {
		return fmt.Errorf("%w: %s: %w", ErrUnknownTower, hex.EncodeToString(key[:]), err)
	}
	return err
}

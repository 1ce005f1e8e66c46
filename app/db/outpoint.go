package db

import "encoding/binary"

// OutpointKey is how tables name a coin: 32 bytes of txid in the order of the
// wire and the output's index in 4 bytes, big-endian.
func OutpointKey(txid [32]byte, index uint32) []byte {
	return binary.BigEndian.AppendUint32(append(make([]byte, 0, 36), txid[:]...), index)
}

// ParseOutpointKey undoes OutpointKey; ok is false for another length.
func ParseOutpointKey(key []byte) (txid [32]byte, index uint32, ok bool) {
	if len(key) != 36 {
		return txid, 0, false
	}
	return [32]byte(key[:32]), binary.BigEndian.Uint32(key[32:]), true
}

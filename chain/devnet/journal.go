package devnet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"syscall"

	"github.com/btcsuite/btcd/wire"
)

// journal is the file that makes a mined block durable: every block in the
// order it was mined, each as a 4-byte length, a 4-byte CRC-32C, both
// little-endian, and the block as on the wire. btcd's database keeps up to
// five minutes of work in memory, and is consistent but old after a crash; the
// journal brings it up to date, or builds it from nothing.
//
// It is guarded by Chain.mu.
type journal struct {
	file *os.File
	// size is how much of the file holds whole records.
	size int64
}

const journalHead = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openJournal opens the file and cuts off a record torn by a crash.
func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file}
	info, err := file.Stat()
	if err == nil {
		j.size = info.Size()
		j.size, err = j.scan(nil)
	}
	if err == nil {
		err = file.Truncate(j.size)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("read the block journal: %w", err)
	}
	return j, nil
}

// each calls fn with every block, oldest first. The bytes belong to fn.
func (j *journal) each(fn func(raw []byte) error) error {
	_, err := j.scan(fn)
	return err
}

// scan walks the whole records, calls fn (when not nil) with each, and
// returns where they end.
func (j *journal) scan(fn func(raw []byte) error) (int64, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(j.file, 0, j.size), 1<<16)
	var end int64
	for {
		var head [journalHead]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return end, tornIsEnd(err)
		}
		length := binary.LittleEndian.Uint32(head[:4])
		if length > wire.MaxBlockPayload {
			return end, nil
		}
		raw := make([]byte, length)
		if _, err := io.ReadFull(in, raw); err != nil {
			return end, tornIsEnd(err)
		}
		if crc32.Checksum(raw, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return end, nil
		}
		if fn != nil {
			if err := fn(raw); err != nil {
				return end, err
			}
		}
		end += journalHead + int64(length)
	}
}

// tornIsEnd takes a file that ends within a record for one that ends before it.
func tornIsEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// append writes one block. After an error the journal is as before.
func (j *journal) append(raw []byte) error {
	record := make([]byte, journalHead, journalHead+len(raw))
	binary.LittleEndian.PutUint32(record[:4], uint32(len(raw)))
	binary.LittleEndian.PutUint32(record[4:], crc32.Checksum(raw, castagnoli))
	record = append(record, raw...)
	if _, err := j.file.WriteAt(record, j.size); err != nil {
		j.file.Truncate(j.size) // a torn record is also cut off at the next open
		if errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("%w: %w", ErrDiskFull, err)
		}
		return fmt.Errorf("write the block journal: %w", err)
	}
	j.size += int64(len(record))
	return nil
}

// cut takes back what was appended since the journal had a size.
func (j *journal) cut(size int64) error {
	if err := j.file.Truncate(size); err != nil {
		return fmt.Errorf("write the block journal: %w", err)
	}
	j.size = size
	return nil
}

// sync makes what was appended survive a power cut.
func (j *journal) sync() error {
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write the block journal: %w", err)
	}
	return nil
}

func (j *journal) close() error { return j.file.Close() }

package covers

import (
	"bytes"
	"encoding/binary"
)

// orientation is how a picture lies, by its Exif data (CIPA DC-008, tag 0x0112):
// 1 upright, 2 to 8 mirrored or turned. It is 1 where nothing, or nothing
// sensible, is said.
func orientation(raw []byte) int {
	var exif []byte
	switch formatOf(raw) {
	case jpegFormat:
		exif = exifInJPEG(raw)
	case pngFormat:
		exif = exifInPNG(raw)
	case webpFormat:
		exif = exifInWebP(raw)
	}
	if o := orientationIn(exif); o >= 1 && o <= 8 {
		return o
	}
	return 1
}

var exifMark = []byte("Exif\x00\x00")

// exifInJPEG finds the first APP1 segment with Exif data before the pixels.
func exifInJPEG(raw []byte) []byte {
	for rest := raw[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker := rest[1]
		if marker == 0xff { // padding
			rest = rest[1:]
			continue
		}
		if marker == 0xda || marker == 0xd9 { // pixels, or the end
			return nil
		}
		size := int(binary.BigEndian.Uint16(rest[2:4]))
		if size < 2 || 2+size > len(rest) {
			return nil
		}
		if body := rest[4 : 2+size]; marker == 0xe1 && bytes.HasPrefix(body, exifMark) {
			return body[len(exifMark):]
		}
		rest = rest[2+size:]
	}
	return nil
}

// exifInPNG finds the eXIf chunk.
func exifInPNG(raw []byte) []byte {
	for rest := raw[len(pngMagic):]; len(rest) >= 12; {
		size := binary.BigEndian.Uint32(rest[:4])
		if uint64(size)+12 > uint64(len(rest)) {
			return nil
		}
		if string(rest[4:8]) == "eXIf" {
			return rest[8 : 8+size]
		}
		rest = rest[12+size:]
	}
	return nil
}

// exifInWebP finds the EXIF chunk.
func exifInWebP(raw []byte) []byte {
	for rest := raw[12:]; len(rest) >= 8; {
		size := uint64(binary.LittleEndian.Uint32(rest[4:8]))
		if size+8 > uint64(len(rest)) {
			return nil
		}
		if string(rest[:4]) == "EXIF" {
			return bytes.TrimPrefix(rest[8:8+size], exifMark)
		}
		rest = rest[min(8+size+size%2, uint64(len(rest))):]
	}
	return nil
}

// orientationIn reads the tag out of the first directory of TIFF data; 0 where
// it is not.
func orientationIn(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(tiff[4:8]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at : at+2]) {
		if len(entries) < 12 {
			return 0
		}
		const short = 3
		if order.Uint16(entries) == 0x0112 && order.Uint16(entries[2:]) == short {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 0
}

//go:build !linux

package bundles

import (
	"io"
	"os"
)

func mapBytes(size int64) ([]byte, error) { return make([]byte, size), nil }

func mapFile(file *os.File, size int64) ([]byte, error) {
	bytes := make([]byte, size)
	_, err := io.ReadFull(io.NewSectionReader(file, 0, size), bytes)
	return bytes, err
}

func restBytes([]byte) bool { return false }

func protectBytes([]byte) error { return nil }

func unmapBytes([]byte) {}

//go:build !linux

package bundles

func mapBytes(size int64) ([]byte, error) { return make([]byte, size), nil }

func protectBytes([]byte) error { return nil }

func unmapBytes([]byte) {}

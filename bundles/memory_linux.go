package bundles

import (
	"os"
	"syscall"
)

func mapBytes(size int64) ([]byte, error) {
	return syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

func mapFile(file *os.File, size int64) ([]byte, error) {
	return syscall.Mmap(int(file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED|syscall.MAP_POPULATE)
}

// restBytes is for mapped files only: of other memory it would lose the content.
func restBytes(b []byte) bool { return syscall.Madvise(b, syscall.MADV_DONTNEED) == nil }

func protectBytes(b []byte) error { return syscall.Mprotect(b, syscall.PROT_READ) }

func unmapBytes(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic("BUG: tables were unmapped twice: " + err.Error())
	}
}

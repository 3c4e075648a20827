package bundles

import (
	"os"
	"syscall"
)

// mapBytes asks for large pages, of which tables of a million subjects need some tens instead of ten thousand: a look-up at random
// then seldom misses the processor's list of pages. Only where a whole one fits is there one, so that no memory is wasted. Systems
// that have none say no, and small pages do as well.
func mapBytes(size int64) ([]byte, error) {
	b, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err == nil {
		_ = syscall.Madvise(b, syscall.MADV_HUGEPAGE)
	}
	return b, err
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

package bundles

import "syscall"

func mapBytes(size int64) ([]byte, error) {
	return syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

func protectBytes(b []byte) error { return syscall.Mprotect(b, syscall.PROT_READ) }

func unmapBytes(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic("BUG: tables were unmapped twice: " + err.Error())
	}
}

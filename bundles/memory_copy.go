package bundles

// OffHeap returns a read-only copy of tables off the heap, where those of a bundle opened with [Options.OffHeap] are too: for
// whoever measures them without a bundle.
func OffHeap(tables []byte) (*Memory, error) {
	m, err := newMemory(int64(len(tables)))
	if err != nil {
		return nil, err
	}
	copy(m.bytes, tables)
	return m, m.seal()
}

package guard

// readData raises the memory to what the module's own data take: OPA imports a memory of two pages, whatever the
// policy is, and leaves it to the host to give more. What is put beyond 32 bit, or in another way than by a
// constant address, is left to whoever compiles the module.
func (l *layout) readData(r *reader) {
	for range r.u32() {
		if flag := r.u32(); flag != 0 {
			r.fail("data of kind %d", flag)
		}
		at := uint64(uint32(r.constant()))
		if end := at + uint64(len(r.take(r.u32()))); r.err == nil {
			l.minPages = max(l.minPages, uint32((end+pageSize-1)/pageSize))
		}
		if r.err != nil {
			return
		}
	}
}

const pageSize = 64 << 10

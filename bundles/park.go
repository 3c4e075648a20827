package bundles

import (
	"errors"
	"os"
	"runtime"
	"slices"
)

// Parked is a verified bundle that is put aside: its tables lie in a file that has no name any more, so that nobody
// else can change them, and take memory only as far as the system has some to spare. It is safe for concurrent use.
type Parked struct {
	bundle Bundle // without its tables
	file   *os.File
	size   int64
}

// Park copies the bundle's tables into a file in dir, which loses its name at once. What else was kept of the bundle
// stays in memory. The caller closes what it gets.
func (b *Bundle) Park(dir string) (*Parked, error) {
	if b.tables == nil {
		return nil, errors.New("the bundle was opened without its tables")
	}
	file, err := os.CreateTemp(dir, ".parked-*")
	if err != nil {
		return nil, err
	}
	p := &Parked{bundle: b.withoutTables(), file: file, size: int64(len(b.tables.bytes))}
	err = os.Remove(file.Name())
	if err == nil {
		err = p.fill(b.tables)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

func (b *Bundle) withoutTables() Bundle {
	bare := *b
	bare.tables = nil
	bare.members = slices.Clone(b.members)
	for i := range bare.members {
		if bare.members[i].Name == TablesName {
			bare.members[i].Bytes = nil
		}
	}
	return bare
}

func (p *Parked) fill(tables *Memory) error {
	defer runtime.KeepAlive(tables)
	_, err := p.file.Write(tables.bytes)
	return err
}

// Open returns the bundle again, with tables off the heap where the system has such. Nothing is checked again: nobody
// could change anything. The bundle stays valid after Close.
func (p *Parked) Open() (*Bundle, error) {
	tables, err := mapMemory(p.file, p.size)
	if err != nil {
		return nil, err
	}
	b := p.bundle
	b.tables = tables
	return &b, nil
}

// ID returns the bundle's ID.
func (p *Parked) ID() Digest { return p.bundle.ID }

// Close gives the file back.
func (p *Parked) Close() error { return p.file.Close() }

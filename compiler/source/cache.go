package source

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source/form"
)

// Cache keeps what definition files said, for those who load a project again and again: [LoadAgain] reads only the files
// that have changed since. It holds what the last load read and nothing else. The zero value is empty and ready for use; it
// is safe for concurrent use.
type Cache struct {
	mu    sync.Mutex
	files map[fileKey]*file
}

// fileKey is the digest of a file's name and text: the name is in every place.
type fileKey [sha256.Size]byte

func keyOf(name string, text []byte) (key fileKey) {
	hash := sha256.New()
	hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(name))))
	hash.Write([]byte(name))
	hash.Write(text)
	hash.Sum(key[:0])
	return key
}

// find returns what a file said, nil where that is not known. A nil Cache knows nothing.
func (c *Cache) find(key fileKey) *file {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files[key]
}

// keep forgets all other files.
func (c *Cache) keep(files map[fileKey]*file) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files = files
}

// file is what one definition file says. Nobody changes it once it has been read.
type file struct {
	key        fileKey
	doc        document
	list       diag.List
	incomplete bool
}

func (f *file) read(name string, text []byte) {
	r := form.Reader{File: name, List: &f.list}
	f.doc = form.Read(&r, text, definitionFile())
	f.incomplete = r.Incomplete
}

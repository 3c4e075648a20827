package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// maxFile bounds the files of the store that are texts: they hold a line or two.
const maxFile = 64 << 10

// header begins every text of the store.
type header struct {
	Format int    `json:"format"`
	Source string `json:"source"` // its name, for people
}

func (h header) head() header { return h }

// text is what a file of the store holds, beside its sum.
type text interface{ head() header }

const textFormat = 1

// seal encodes a text as one line of JSON whose last member is the digest of the same line with an empty one.
func seal(t text) []byte {
	body, err := json.Marshal(t)
	if err != nil {
		panic("BUG: a text of the store does not marshal: " + err.Error())
	}
	open := append(body[:len(body)-1], `,"sum":"`...)
	sum := sha256.Sum256(append(open[:len(open):len(open)], `"}`...))
	return append(hex.AppendEncode(open, sum[:]), "\"}\n"...)
}

// unseal accepts only what seal writes for this source.
func unseal[T text](sealed []byte, source string) (T, error) {
	var t, none T
	if err := json.Unmarshal(sealed, &t); err != nil {
		return none, errors.New("not the JSON that was written")
	}
	if t.head().Format != textFormat {
		return none, fmt.Errorf("format %d is not known", t.head().Format)
	}
	if t.head().Source != source || !bytes.Equal(sealed, seal(t)) {
		return none, errors.New("it is not what was written for this source")
	}
	return t, nil
}

// read returns the text of a file. The error is one of the file system or a [*CorruptError].
func read[T text](path, source string) (T, error) {
	var none T
	sealed, err := readBounded(path)
	if err != nil {
		return none, err
	}
	t, err := unseal[T](sealed, source)
	if err != nil {
		return none, &CorruptError{Path: path, Reason: err.Error()}
	}
	return t, nil
}

// ignoreMissing returns nil when err says that a file does not exist, else err.
func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// maxFile bounds the files of the store: they hold a line or two.
const maxFile = 64 << 10

// epochText is the content of epoch.json.
type epochText struct {
	Format int    `json:"format"`
	Source string `json:"source"` // its name, for people
	Epoch  uint64 `json:"epoch"`
	Sum    string `json:"sum"` // of the same text with an empty sum
}

const epochFormat = 1

func encodeEpoch(epoch uint64, source string) []byte {
	t := epochText{Format: epochFormat, Source: source, Epoch: epoch}
	t.Sum = t.sum()
	return append(t.marshal(), '\n')
}

func (t epochText) sum() string {
	t.Sum = ""
	sum := sha256.Sum256(t.marshal())
	return hex.EncodeToString(sum[:])
}

func (t epochText) marshal() []byte {
	text, err := json.Marshal(t)
	if err != nil {
		panic("BUG: an epoch does not marshal: " + err.Error())
	}
	return text
}

// decodeEpoch accepts only what encodeEpoch writes.
func decodeEpoch(text []byte, source string) (uint64, error) {
	var t epochText
	if err := json.Unmarshal(text, &t); err != nil {
		return 0, errors.New("not the JSON that was written")
	}
	if t.Format != epochFormat {
		return 0, fmt.Errorf("format %d is not known", t.Format)
	}
	if !bytes.Equal(text, encodeEpoch(t.Epoch, source)) {
		return 0, errors.New("it is not what was written for this source")
	}
	return t.Epoch, nil
}

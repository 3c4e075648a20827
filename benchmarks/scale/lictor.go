package main

import (
	"context"
	"os"
	"runtime"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// lictor is a bundle as an edge opens it.
type lictor struct {
	*exchange.Generation
}

// openLictor reads, verifies, decompresses and proves the bundle.
func openLictor(_ context.Context, o *order) (engine, error) {
	keys, err := o.keys()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(o.path(bundleFile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := bundles.Open(file, bundles.Options{Keys: keys, OffHeap: true, Keep: bundles.Serving})
	if err != nil {
		return nil, err
	}
	g, err := edge.Open(b)
	return &lictor{g}, err
}

// keys returns the key that the bundles are signed with.
func (o *order) keys() (*sign.KeySet, error) {
	text, err := os.ReadFile(o.path(keyFile))
	if err != nil {
		return nil, err
	}
	key, err := sign.ParsePublicKey(text, "scale")
	if err != nil {
		return nil, err
	}
	return sign.NewKeySet(key)
}

func (l *lictor) answer(q *question) (bool, error) {
	defer runtime.KeepAlive(l.Generation)
	r, err := request(l.Grammar, q)
	if err != nil {
		return false, err
	}
	d, err := l.Engine.Decide(&r)
	return d.Allowed, err
}

// requests returns questions as Lictor reads them.
func requests(g permission.Grammar, asked []question) ([]decision.Request, error) {
	all := make([]decision.Request, 0, len(asked))
	for i := range asked {
		r, err := request(g, &asked[i])
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func request(g permission.Grammar, q *question) (decision.Request, error) {
	asked, err := g.Parse(q.Permission)
	return decision.Request{
		Subject: decision.Subject{Type: q.Type, ID: q.Subject}, Permissions: []permission.Permission{asked},
		Organisation: q.Organisation, Now: noon,
	}, err
}

// proofs is how often the tables are proven; the quickest counts.
const proofs = 7

func (l *lictor) tables() (int64, time.Duration, error) {
	defer runtime.KeepAlive(l.Generation)
	bytes := l.Bundle.Tables().Bytes()
	quickest := deadline
	for range proofs {
		begun := time.Now()
		if _, err := tables.Open(bytes); err != nil {
			return 0, 0, err
		}
		quickest = min(quickest, time.Since(begun))
	}
	return int64(len(bytes)), quickest, nil
}

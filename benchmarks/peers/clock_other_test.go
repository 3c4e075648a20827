//go:build !linux

package peers_test

import (
	"testing"
	"time"
)

var began = time.Now()

// spent returns the time that went by: there is no better clock here.
func spent(testing.TB) time.Duration { return time.Since(began) }

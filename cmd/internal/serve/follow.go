package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/callers"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/caller"
	"github.com/lictor-dev/lictor/edge/listen"
)

// onHangup returns a channel of SIGHUPs, which end nothing from now on until forget is called.
func onHangup() (hangups chan os.Signal, forget func()) {
	hangups = make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	return hangups, func() { signal.Stop(hangups) }
}

// follower takes up files when they change, and everything when it is told to.
type follower struct {
	log    *slog.Logger
	trust  func(*sign.KeySet)           // takes up the keys that verify bundles; set before anything changes
	told   func(what string, err error) // of what became of files; set before anything changes
	files  []*followed
	others []reloaded
}

// reloaded is what follows its own changes.
type reloaded struct {
	what string
	now  func(context.Context) error
}

func newFollower(log *slog.Logger) *follower { return &follower{log: log} }

// tell has somebody told what becomes of files. That they are good by now is told at once.
func (f *follower) tell(told func(what string, err error)) {
	f.told = told
	for _, files := range f.files {
		told(files.what, nil)
	}
}

// add lets SIGHUP call a function too.
func (f *follower) add(what string, now func(context.Context) error) {
	f.others = append(f.others, reloaded{what, now})
}

// follow takes files up, and again when they change. What changes must be good now, and may be bad later.
func (f *follower) follow(files *followed) error {
	if _, err := files.look(true); err != nil {
		return fmt.Errorf("%s: %w", files.what, err)
	}
	f.files = append(f.files, files)
	return nil
}

// filePoll is how often files are looked at when bundles are looked at less often: small files cost little.
const filePoll = 5 * time.Second

// start follows in the background until ctx is done or stop is called, which waits for the end.
func (f *follower) start(ctx context.Context, poll time.Duration, hangups <-chan os.Signal) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		ticker := time.NewTicker(min(max(poll, time.Millisecond), filePoll))
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				f.look(false)
			case <-hangups:
				f.reload(ctx)
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// look takes up the files that have changed, or all of them, and logs what came of it.
func (f *follower) look(all bool) {
	for _, files := range f.files {
		if tried, err := files.look(all); tried {
			f.report(files.what, err)
			f.told(files.what, err)
		}
	}
}

// reload takes up everything.
func (f *follower) reload(ctx context.Context) {
	f.log.Info("SIGHUP: reading everything again")
	f.look(true)
	for _, o := range f.others {
		f.report(o.what, o.now(ctx))
	}
}

func (f *follower) report(what string, err error) {
	if err != nil {
		f.log.Error("not reloaded, the one before stays", "what", what, "error", err)
		return
	}
	f.log.Info("reloaded", "what", what)
}

// followed are files that are taken up together. Their contents are compared, so that it does not matter how they are
// changed: links are followed at every look, as Kubernetes wants it.
type followed struct {
	what  string
	paths []string // "" for a file that there is not to be
	apply func(contents [][]byte) error

	last [sha256.Size]byte // of what was tried last
}

// look takes the files up if they are not what was tried last, or if it must.
func (f *followed) look(must bool) (tried bool, err error) {
	contents := make([][]byte, len(f.paths))
	sum := sha256.New()
	for i, path := range f.paths {
		if path == "" {
			continue
		}
		var problem error
		if contents[i], problem = readSmall(path); problem != nil {
			err = errors.Join(err, problem)
			fmt.Fprintf(sum, "error %v", problem)
		}
		fmt.Fprintf(sum, "%d %d\n", i, len(contents[i]))
		sum.Write(contents[i])
	}
	if now := [sha256.Size]byte(sum.Sum(nil)); now != f.last || must {
		f.last = now
		if err == nil {
			err = f.apply(contents)
		}
		return true, err
	}
	return false, nil
}

// maxFile bounds the bytes of a file that is followed.
const maxFile = 16 << 20

// readSmall reads a file, and refuses pipes and devices, which could block for ever.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = fmt.Errorf("%q is not a plain file", path)
	}
	if err != nil {
		return nil, cli.Unreadable(err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, cli.Unreadable(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, cli.Unreadable(err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("%q has more than %d bytes", path, maxFile)
	}
	return content, nil
}

// certificates returns the TLS of a listener, nil for none, and follows its files.
func (f *follower) certificates(what string, t config.TLS) (*tls.Config, error) {
	if t.Cert == "" {
		return nil, nil
	}
	var current *listen.Certificates
	err := f.follow(&followed{
		what: what, paths: []string{t.Cert, t.Key, t.ClientCA},
		apply: func(contents [][]byte) (err error) {
			p := listen.PEM{Cert: contents[0], Key: contents[1], ClientCA: contents[2]}
			if current == nil {
				current, err = listen.NewCertificates(p)
			} else {
				err = current.Replace(p)
			}
			if err == nil {
				f.log.Info("certificate in use", "what", what, "expires", current.Expires())
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return current.Config(), nil
}

// keys returns who may ask, and follows the file that says so.
func (f *follower) keys(path string) (edge.Authenticator, error) {
	keys := new(caller.Keys)
	err := f.follow(&followed{what: "callers", paths: []string{path}, apply: func(contents [][]byte) error {
		known, err := callers.Read(path, contents[0])
		if err != nil {
			return err
		}
		keys.Replace(known)
		if len(known) == 0 {
			f.log.Warn("the file of callers names none: nobody may ask", "file", path)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// verification returns the keys that bundles are verified with, and follows their files.
func (f *follower) verification(t *cli.Trust) (*sign.KeySet, error) {
	files := t.Files()
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = file.Path
	}
	var keys *sign.KeySet
	var last [][]byte
	err := f.follow(&followed{what: "verification keys", paths: paths, apply: func(contents [][]byte) error {
		if slices.EqualFunc(contents, last, bytes.Equal) {
			return nil
		}
		read, err := cli.ParseKeys(files, contents)
		if err != nil {
			return err
		}
		last = contents
		if keys == nil {
			keys = read
		} else {
			f.trust(read)
		}
		return nil
	}})
	return keys, err
}

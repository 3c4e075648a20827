package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lictor": main})
}

// TestScripts runs the scripts of testdata, one topic a file. Beside the usual commands they know
//
//	status N lictor ARGS…    run and expect the exit status N
//	keygen NAME              write NAME.pem and NAME.pub.pem, an ECDSA key; with "ed25519" before NAME, such a key
//	flip FILE                change one byte in the middle of a file
//	truncate FILE            cut a file in half
//	ran FILE STATE           serve a bundle with a state folder until it is ready, and end
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "keygen": keygen, "flip": flip, "truncate": truncate, "ran": ran,
		},
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

func keygen(ts *testscript.TestScript, _ bool, args []string) {
	var private, public any
	name := args[len(args)-1]
	if args[0] == "ed25519" {
		pub, key, err := ed25519.GenerateKey(rand.Reader)
		ts.Check(err)
		private, public = key, pub
	} else {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		private, public = key, key.Public()
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	ts.Check(err)
	writePEM(ts, name+".pem", "PRIVATE KEY", text)
	text, err = x509.MarshalPKIXPublicKey(public)
	ts.Check(err)
	writePEM(ts, name+".pub.pem", "PUBLIC KEY", text)
}

func writePEM(ts *testscript.TestScript, name, kind string, text []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: text}), 0o600))
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	text[len(text)/2] ^= 0x55
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

func truncate(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()/2))
}

func ran(ts *testscript.TestScript, _ bool, args []string) {
	program, err := os.Executable()
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Args = []string{
		"lictor", "serve", "--bundle", ts.MkAbs(args[0]), "--allow-unsigned", "--state", ts.MkAbs(args[1]),
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
	}
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n') // the first load is done by then
	ts.Check(errors.Join(err, cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()))
}

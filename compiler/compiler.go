// Package compiler turns a folder of definitions into a bundle. [Compile] names each pass once, in the
// order they run.
package compiler

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/compiler/agree"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/custom"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/expectation"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/compiler/subset"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
	native "github.com/lictor-dev/lictor/runtime/table"
)

// Options say what a bundle is written with.
type Options struct {
	Revision string           // see [bundles.CheckRevision]; empty: the digest of the definitions
	Epoch    uint64           // at most [bundles.MaxEpoch]; 0 for none
	Key      *sign.PrivateKey // nil leaves the bundle unsigned
	Version  string           // of the compiler, for the manifest
	Full     bool             // compare tables and Rego about every policy, not only a sample
	Cache    *Cache           // what was found out before, by those who compile a project again and again; nil keeps nothing

	// Client makes the bundle one of the part that a client may see; nil for the whole. Its revision is by default the
	// digest of the definitions and the selection. What it selects must be there: see [subset.Select] for the errors.
	Client *subset.Selection
}

// Result is what compiling gave. With errors among the diagnostics there is no bundle; what is set
// then goes as far as the passes went.
type Result struct {
	Diagnostics diag.List // sorted
	Definitions *source.Definitions
	Model       *policy.Model     // what the bundle holds; nil after errors
	Manifest    *bundles.Manifest // nil after errors
	Bundle      []byte            // the whole file; nil after errors
	Warnings    []bundles.Warning // about how the bundle is written
	LeftOut     *LeftOut          // nil for a bundle of the whole
}

// Compile reads the definitions below the root of files and writes their bundle. The same definitions
// and options give the same bytes, on any machine and at any time. What is wrong with the definitions
// is among the result's diagnostics; the error says that compiling could not go on for another reason,
// such as an [*agree.Disagreement]. It is safe for concurrent use.
func Compile(ctx context.Context, files fs.FS, o Options) (*Result, error) {
	r := &Result{}
	r.Definitions, r.Diagnostics = o.Cache.load(files)
	model, modules := r.lower()
	r.Diagnostics.Sort()
	if r.Diagnostics.HasErrors() {
		return r, ctx.Err()
	}
	b, err := build(ctx, model, modules)
	if err != nil {
		return r, err
	}
	tests, faults := expectation.Run(r.Definitions, expectation.Subject{Model: model, Engine: b.engine})
	if err := b.slow(nil); err != nil {
		return r, err
	}
	r.Diagnostics.Add(faults...)
	r.conflict(b.conditions.Conflict())
	r.Diagnostics.Sort()
	if r.Diagnostics.HasErrors() {
		return r, ctx.Err()
	}
	digest, err := sourceDigest(files, r.Definitions)
	if err != nil {
		return r, err
	}
	draft := newDraft(o, digest, modules)
	if o.Client != nil {
		if model, err = r.narrow(model, o, draft); err != nil {
			return r, err
		}
		if b, err = build(ctx, model, draft.Parts); err != nil {
			return r, err
		}
		tests = nil
	}
	r.Model = model
	b.addParts(draft)
	if err := b.compile(ctx, draft, o.Cache); err != nil {
		return r, err
	}
	if err := addTests(draft, tests, model.Grammar()); err != nil {
		return r, err
	}
	draft.Agreement, err = agreement(ctx, b.subject(model, draft, o.Full),
		agree.Options{Full: o.Full, Seed: binary.LittleEndian.Uint64(digest[:])})
	if two, ok := errors.AsType[*agree.ConflictError](err); ok {
		r.conflict(two)
		return r, ctx.Err()
	}
	if err != nil {
		return r, b.slow(err)
	}
	r.Warnings = append(r.Warnings, draft.Warnings()...)
	return r, r.write(draft)
}

// built is a policy in both its forms, and the engine that reads its tables.
type built struct {
	tables []byte
	rego   *rego.Output // with the project's own modules
	engine *native.Engine

	model      *policy.Model
	conditions *agree.Conditions // nil where nothing needs Rego
	opa        *agree.OPA        // nil until it is compiled
}

// slow returns the error about a condition that took too long, with what is written in it, if there is one; else err.
func (b *built) slow(err error) error {
	slow := b.conditions.Slow()
	if slow == nil {
		return err
	}
	named := *slow
	for i, leaf := range b.model.Rego() {
		if policy.RegoName(i+1) == slow.Rule {
			named.Item = leaf.Text
		}
	}
	return &named
}

// conflict adds the error that a rule of a module has two values, if there is one.
func (r *Result) conflict(two *agree.ConflictError) {
	if two == nil {
		return
	}
	custom.Conflict(r.Definitions, two.Pos, two.Message, &r.Diagnostics)
	r.Diagnostics.Sort()
	r.Model = nil
}

// lower checks the definitions and turns them into a model and the project's own modules.
func (r *Result) lower() (model *policy.Model, modules map[string][]byte) {
	var checked, ofModules, lowered diag.List
	together(
		func() { checked = check.Run(r.Definitions) },
		func() {
			modules, ofModules = custom.Read(r.Definitions)
			model, lowered = lower.Lower(r.Definitions)
		})
	r.Diagnostics.Add(checked...)
	r.Diagnostics.Add(ofModules...)
	r.Diagnostics.Add(lowered...)
	return model, modules
}

// build writes a model in both its forms, and opens its tables as an edge does. What only Rego can evaluate is
// evaluated by OPA.
func build(ctx context.Context, model *policy.Model, modules map[string][]byte) (*built, error) {
	b := &built{model: model}
	var err, failed error
	together(
		func() { b.rego, err = rego.Generate(model) },
		func() { b.tables, failed = tables.Build(model) })
	if err = cmp.Or(err, failed); err != nil {
		return nil, err
	}
	b.rego.Add(modules)
	var conditions decision.Conditions
	if len(model.Rego()) > 0 {
		if b.conditions, err = agree.NewConditions(ctx, b.rego); err != nil {
			return nil, err
		}
		conditions = b.conditions
	}
	b.engine, err = openTables(b.tables, conditions)
	return b, err
}

// compile adds policy.wasm, and loads the Rego for the agreement check.
func (b *built) compile(ctx context.Context, draft *bundles.Draft, cache *Cache) error {
	var module []byte
	var err, failed error
	together(
		func() { module, err = cache.compile(ctx, draft.Parts, draft.Entrypoints) },
		func() { b.opa, failed = agree.NewOPA(ctx, b.rego, b.conditions) })
	draft.Parts[bundles.WasmName] = module
	return cmp.Or(err, failed)
}

// addParts adds the policy in both its forms.
func (b *built) addParts(draft *bundles.Draft) {
	maps.Copy(draft.Parts, b.rego.Members())
	draft.Parts[bundles.DataName] = b.rego.Data
	draft.Parts[bundles.TablesName] = b.tables
}

// newDraft returns the bundle as the options want it, with the project's own modules and nothing else in it yet.
func newDraft(o Options, source bundles.Digest, modules map[string][]byte) *bundles.Draft {
	return &bundles.Draft{
		Revision: cmp.Or(o.Revision, source.String()), Epoch: o.Epoch, Source: source,
		Compiler: cmp.Or(o.Version, "(devel)"), Entrypoints: rego.Entrypoints, Key: o.Key, Parts: modules,
	}
}

// subject is what the agreement check compares. policy.wasm, which takes longer to start than to answer, is part of it in
// full checks, and where an edge runs it: for conditions in Rego.
func (b *built) subject(m *policy.Model, draft *bundles.Draft, full bool) agree.Subject {
	s := agree.Subject{Model: m, Rego: b.rego, Engine: b.engine, Conditions: b.conditions, OPA: b.opa}
	if full || len(m.Rego()) > 0 {
		s.Wasm = draft.Parts[bundles.WasmName]
	}
	return s
}

// addTests adds the golden decisions, if there are any.
func addTests(draft *bundles.Draft, tests []golden.Test, g permission.Grammar) error {
	if len(tests) == 0 {
		return nil
	}
	text, err := golden.Encode(tests, g)
	if err == nil {
		draft.Parts[bundles.TestsName] = text
	}
	return err
}

// openTables returns the engine that reads tables as an edge does.
func openTables(table []byte, conditions decision.Conditions) (*native.Engine, error) {
	opened, err := tables.Open(table)
	if err != nil {
		return nil, fmt.Errorf("BUG: tables that do not open: %w", err)
	}
	engine, err := native.NewWith(opened, conditions)
	if err != nil {
		return nil, fmt.Errorf("BUG: tables that do not run: %w", err)
	}
	return engine, nil
}

// agreement compares the tables, as they will be read, with the Rego, as it will be written. The error
// is an [*agree.Disagreement] when they differ.
func agreement(ctx context.Context, s agree.Subject, o agree.Options) (bundles.Agreement, error) {
	result, err := agree.Check(ctx, s, o)
	return bundles.Agreement{Requests: int64(result.Requests), Full: o.Full, Seed: o.Seed}, err
}

func (r *Result) write(draft *bundles.Draft) error {
	manifest, err := draft.Manifest()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := draft.Write(&file); err != nil {
		return err
	}
	r.Manifest, r.Bundle = manifest, file.Bytes()
	return nil
}

// sourceDigest is the digest of all files that definitions and modules were read from: their names and
// contents.
func sourceDigest(files fs.FS, d *source.Definitions) (bundles.Digest, error) {
	all := sha256.New()
	for _, name := range d.Files {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return bundles.Digest{}, err
		}
		fmt.Fprintf(all, "%q %d\n%s\n", name, len(text), text)
	}
	for _, m := range d.Modules {
		fmt.Fprintf(all, "%q %d\n%s\n", m.File, len(m.Text), m.Text)
	}
	return bundles.Digest(all.Sum(nil)), nil
}

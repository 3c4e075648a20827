package page

import "strings"

// compiling is every row of the results of compiling.
func compiling(d *document, in *input, _ *comparison) error {
	d.heading(2, "Compiling")
	f := in.results["compile"]
	if f == nil || len(f.Rows) == 0 {
		d.gap("results/compile.txt has no benchmark")
		return nil
	}
	var rows [][]string
	for _, r := range f.Rows {
		if !r.Has("sec/op") {
			return in.wrong("compile", r, "no ns/op")
		}
		t, b := r.Measure("sec/op"), r.Measure("B/op")
		name := strings.TrimSuffix(r.Benchmark+"/"+join(r.Parts), "/")
		rows = append(rows, []string{"`" + name + "`", seconds(t.Median) + " " + t.Spread(), size(b.Median)})
	}
	d.table([]string{"what", "time", "bytes allocated"}, rows)
	return nil
}

func join(parts []string) string { return strings.Join(parts, "/") }

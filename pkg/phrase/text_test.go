package phrase

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzText looks for a text that Parse accepts and that fails all the same.
func FuzzText(f *testing.F) {
	for _, text := range []string{
		"", "Hello {{.Name}}", "{{if eq .Age 1}}a{{else if .Name}}b{{else}}c{{end}}", "{{if and .Age (eq .Name \"x\")}}x{{end}}",
		"{{if or .Age .Name}}x{{end}}", "{{if not .Name}}x{{end}}", "{{if lt .Age 3}}x{{end}}", "{{eq .Age 0 \"x\"}}", "{{.Name 1}}", "{{- 1 -}}", "{{/* x */}}",
		"{{.Name.Length}}", "{{nil}}", "{{$}}", "{{$.Name}}", "{{with .Name}}{{.}}{{end}}", "{{\"x\"}}", "{{'x'}}", "{{1i}}", "{{eq 1 2.0}}",
	} {
		f.Add(text, "Zoë", 1)
	}
	f.Fuzz(func(t *testing.T, source, name string, age int) {
		type person struct {
			Name string
			Age  int
		}
		var text Text[person]
		if text.Parse(source) != nil {
			return
		}
		require.NoError(t, text.filled.Execute(io.Discard, person{name, age}), source)
		require.LessOrEqual(t, len(text.Fill(person{name, age})), len(source)*(1+len(name)+20))
	})
}

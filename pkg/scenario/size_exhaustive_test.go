//go:build exhaustive && !odoo

package scenario_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// largestBinary is the largest that a release may be, in bytes.
const largestBinary = 25_000_000

// usesOf are the libraries that are fixed for this program, and how a small program uses
// each of them in the way that this one does.
func usesOf() [][2]string {
	return [][2]string{
		{"github.com/spf13/viper", `v := lib.New(); v.SetConfigType("yaml"); _ = v.ReadConfig(os.Stdin); fmt.Println(v.AllSettings())`},
		{"github.com/spf13/cobra", `c := &lib.Command{Use: "x", Run: func(*lib.Command, []string) {}}; c.Flags().Bool("b", false, ""); _ = c.Execute()`},
		{"github.com/olekukonko/tablewriter", `t := lib.NewTable(os.Stdout); t.Header("a"); _ = t.Append("b"); _ = t.Render()`},
		{"github.com/kolo/xmlrpc", `b, _ := lib.EncodeMethodCall("m", 1); var v any; _ = lib.Response(b).Unmarshal(&v); fmt.Println(lib.Response(b).Err(), v)`},
		{"gopkg.in/gomail.v2", `m := lib.NewMessage(); m.SetHeader("To", "a@b.c"); m.SetBody("text/plain", "x"); _, _ = m.WriteTo(os.Stdout)`},
	}
}

// plainProgram uses what this program has besides these libraries.
const plainProgram = `package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"net/http"
	"os"

	"go.yaml.in/yaml/v3"
	%s
)

func main() {
	if len(os.Args) == 1 {
		return
	}
	_, err := http.Get(os.Args[1])
	var v any
	_ = json.Unmarshal([]byte(os.Args[1]), &v)
	_ = xml.Unmarshal([]byte(os.Args[1]), &v)
	_ = yaml.Unmarshal([]byte(os.Args[1]), &v)
	_ = template.Must(template.New("").Parse(os.Args[1])).Execute(os.Stdout, err)
	fmt.Println(v)
	{
		%s
	}
}
`

// The program is as small as it is promised, and what the libraries take that are fixed
// for it is known.
func TestTheProgramIsSmall(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "crm-tool")
	size := build(t, tool, "./cmd/crm-tool")
	assert.Less(t, size, int64(largestBinary), "bytes")
	kilobytes, allocs := started(t, tool)
	rows := []string{"| program | MB | begins with: kB of memory | allocations |", "| --- | --- | --- | --- |",
		fmt.Sprintf("| crm-tool | %.1f | %d | %d |", float64(size)/1e6, kilobytes, allocs)}
	plain, plainKB, plainAllocs := probe(t, "", "")
	for _, l := range usesOf() {
		size, kilobytes, allocs := probe(t, `lib "`+l[0]+`"`, l[1])
		rows = append(rows, fmt.Sprintf("| + %s | %.1f | %d | %d |", l[0], float64(size-plain)/1e6, kilobytes-plainKB, allocs-plainAllocs))
	}
	t.Log("\n" + strings.Join(rows, "\n"))
	if name := os.Getenv(growthDocument); name != "" {
		write(t, name, "size", strings.Join(rows, "\n")+"\n")
	}
}

// build builds a program as it is released, and returns its size.
func build(t *testing.T, program, source string) int64 {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	info, err := os.Stat(program)
	require.NoError(t, err)
	return info.Size()
}

// probe builds a small program with one more import and statements that use it.
func probe(t *testing.T, library, use string) (size int64, kilobytes, allocs int) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(source, fmt.Appendf(nil, plainProgram, library, use), 0o600))
	size = build(t, filepath.Join(dir, "main"), source)
	kilobytes, allocs = started(t, filepath.Join(dir, "main"))
	return size, kilobytes, allocs
}

// initLine is what the runtime tells of the variables of one package.
var initLine = regexp.MustCompile(`(?m)^init \S+ @.* (\d+) bytes, (\d+) allocs$`)

// started returns what the variables of all packages take at the start of a program.
func started(t *testing.T, program string) (kilobytes, allocs int) {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run())
	for _, m := range initLine.FindAllStringSubmatch(stderr.String(), -1) {
		b, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		n, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		kilobytes, allocs = kilobytes+b, allocs+n
	}
	return kilobytes / 1000, allocs
}

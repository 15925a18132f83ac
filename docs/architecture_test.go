package docs_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const architectureFile = "architecture.md"

// TestTheTableOfPackagesIsGenerated holds the table in the architecture to the
// first sentence of each package's comment.
func TestTheTableOfPackagesIsGenerated(t *testing.T) {
	content, err := os.ReadFile(architectureFile)
	require.NoError(t, err)
	table := regexp.MustCompile(`(?s)(<!-- packages: .*? -->\n\n)(.*?)(\n<!-- end -->)`)
	m := table.FindStringSubmatch(string(content))
	require.NotNil(t, m)
	want := packageTable(t)
	if *update {
		document := strings.Replace(string(content), m[0], m[1]+want+m[3], 1)
		require.NoError(t, os.WriteFile(architectureFile, []byte(document), 0o644))
		return
	}
	rows := strings.Split(m[2], "\n")
	for row := range strings.SplitSeq(want, "\n") {
		if !slices.Contains(rows, row) {
			assert.Fail(t, "a row is missing; make docs writes it", row)
		}
	}
	assert.True(t, want == m[2], "the table has other rows, too, or another order; make docs writes it anew")
}

// packageTable has a row for every folder with Go files.
func packageTable(t *testing.T) string {
	t.Helper()
	repository := os.DirFS("..")
	pure := purePackages(t)
	var b strings.Builder
	b.WriteString("| package | what it does | pure |\n| --- | --- | --- |\n")
	for _, root := range []string{"cmd", "pkg", "templates"} {
		err := fs.WalkDir(repository, root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || name == "pkg" {
				return err
			}
			if entry.Name() == "testdata" {
				return fs.SkipDir
			}
			sources, err := fs.Glob(repository, path.Join(name, "*.go"))
			if err != nil || len(sources) == 0 {
				return err
			}
			mark := ""
			if pure[name] {
				mark = "yes"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, purpose(t, repository, sources), mark)
			return nil
		})
		require.NoError(t, err)
	}
	return b.String()
}

// purpose is the first sentence of a package's comment, as a cell of a table.
func purpose(t *testing.T, repository fs.FS, sources []string) string {
	t.Helper()
	for _, source := range sources {
		content, err := fs.ReadFile(repository, source)
		require.NoError(t, err)
		file, err := parser.ParseFile(token.NewFileSet(), source, content, parser.ParseComments|parser.PackageClauseOnly)
		require.NoError(t, err)
		if file.Doc == nil {
			continue
		}
		sentence := new(doc.Package).Synopsis(file.Doc.Text())
		_, sentence, found := strings.Cut(strings.TrimSuffix(sentence, "."), " "+strings.TrimSuffix(path.Base(path.Dir(source)), "_test"))
		require.True(t, found, source)
		sentence = strings.TrimPrefix(sentence, "_test")
		return cell(regexp.MustCompile(`\[([\w.]+)\]`).ReplaceAllString(strings.TrimSpace(sentence), "`$1`"))
	}
	assert.Fail(t, "there is no package comment", path.Dir(sources[0]))
	return ""
}

// purePackages are those that the rules about imports call pure.
func purePackages(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../pkg/architecture_test.go", nil, 0)
	require.NoError(t, err)
	found := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		entry, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, named := entry.Key.(*ast.BasicLit)
		rule, ruled := entry.Value.(*ast.CompositeLit)
		if !named || !ruled {
			return true
		}
		name, err := strconv.Unquote(key.Value)
		require.NoError(t, err)
		for _, field := range rule.Elts {
			if f, ok := field.(*ast.KeyValueExpr); ok && fmt.Sprint(f.Key) == "pure" {
				found[name] = fmt.Sprint(f.Value) == "true"
			}
		}
		return true
	})
	require.NotEmpty(t, found)
	return found
}

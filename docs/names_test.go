package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheCodeThatDocumentsNameExists looks at what the documents for developers
// name as code: a path from the root, or a Go name with its package and at
// least one capital letter, such as cli.newRemindCmd or ledger.Courier.Deliver.
func TestTheCodeThatDocumentsNameExists(t *testing.T) {
	path := regexp.MustCompile(`^(pkg|cmd|templates|docs|examples|\.ci|\.github)(/[\w.@-]+)*/?$`)
	name := regexp.MustCompile(`^[a-z]\w*\.\w*[A-Z][\w.]*$`)
	declared := declarations(t)
	paths, names := 0, 0
	for _, document := range []string{"../CONTRIBUTING.md", "architecture.md"} {
		content, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(string(content), -1) {
			switch code := m[1]; {
			case path.MatchString(code):
				paths++
				_, err := os.Stat(filepath.Join("..", code))
				assert.NoError(t, err, document)
			case name.MatchString(code):
				names++
				assert.True(t, declared[code], "%s names %s", document, code)
			}
		}
	}
	assert.Positive(t, paths)
	assert.Positive(t, names)
}

// declarations are the names that the packages declare, such as
// ledger.Courier, ledger.Courier.Deliver for methods and fields.
func declarations(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir("../pkg", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			for _, declared := range namesIn(declaration) {
				found[file.Name.Name+"."+declared] = true
			}
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

// namesIn are the names that a declaration adds to its package.
func namesIn(declaration ast.Decl) []string {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		return []string{receiver(d) + "." + d.Name.Name}
	case *ast.GenDecl:
		var names []string
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
				names = append(names, members(s)...)
			}
		}
		return names
	}
	return nil
}

// receiver is the type that a method belongs to.
func receiver(method *ast.FuncDecl) string {
	var name string
	ast.Inspect(method.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}

// members are the fields of a struct and the methods of an interface.
func members(s *ast.TypeSpec) []string {
	var list *ast.FieldList
	switch typ := s.Type.(type) {
	case *ast.StructType:
		list = typ.Fields
	case *ast.InterfaceType:
		list = typ.Methods
	default:
		return nil
	}
	var names []string
	for _, field := range list.List {
		for _, n := range field.Names {
			names = append(names, strings.Join([]string{s.Name.Name, n.Name}, "."))
		}
	}
	return names
}

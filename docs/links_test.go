// Package docs_test holds the documents to what they say about the repository.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheTargetsOfLinksInDocumentsExist(t *testing.T) {
	links, err := relativeLinks(os.DirFS(".."))
	require.NoError(t, err)
	require.NotEmpty(t, links)
	for _, l := range links {
		assert.Empty(t, l.trouble, "%s:%d links to %s", l.document, l.line, l.target)
	}
}

func TestEveryDocumentAndPictureIsLinked(t *testing.T) {
	repository := os.DirFS("..")
	links, err := relativeLinks(repository)
	require.NoError(t, err)
	linked := map[string]bool{}
	for _, l := range links {
		file, _, _ := strings.Cut(l.target, "#")
		if name := path.Join(path.Dir(l.document), file); name != l.document {
			linked[name] = true
		}
	}
	found := 0
	err = fs.WalkDir(repository, "docs", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && slices.Contains([]string{".md", ".png"}, path.Ext(name)) {
			found++
			assert.True(t, linked[name], "a document links to %s", name)
		}
		return err
	})
	require.NoError(t, err)
	assert.Greater(t, found, 10)
}

func TestBrokenLinksAreFound(t *testing.T) {
	const (
		noFile    = "there is no such file"
		noHeading = "there is no such heading"
	)
	files := fstest.MapFS{
		"docs/other.md": {Data: []byte("# Other\n\n## What `remind` does, and when\n\n## Twice\n\n## Twice\n\n## Déjà vu\n")},
		"LICENSE":       {},
	}
	cases := map[string]struct{ text, trouble string }{
		"a file beside the document is there":               {"[a](LICENSE)", ""},
		"a folder is there":                                 {"[a](docs/)", ""},
		"a file that is missing is found":                   {"[a](docs/none.md)", noFile},
		"a file outside of the repository is found":         {"[a](../LICENSE)", noFile},
		"an image that is missing is found":                 {"![a](none.png)", noFile},
		"a definition that leads nowhere is found":          {"[a]\n\n[a]: none.md", noFile},
		"a title is no part of the target":                  {`[a](LICENSE "The licence")`, ""},
		"a heading of the same document is there":           {"# Here\n[a](#here)", ""},
		"a heading of the same document that is not":        {"# Here\n[a](#there)", noHeading},
		"a heading of another document is there":            {"[a](docs/other.md#what-remind-does-and-when)", ""},
		"a heading of another document that is not":         {"[a](docs/other.md#what-remind-did)", noHeading},
		"the second heading of the same words has a number": {"[a](docs/other.md#twice-1)", ""},
		"there is no third one":                             {"[a](docs/other.md#twice-2)", noHeading},
		"letters with accents stay":                         {"[a](docs/other.md#déjà-vu)", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			files["README.md"] = &fstest.MapFile{Data: []byte(c.text)}
			links, err := relativeLinks(files)
			require.NoError(t, err)
			require.Len(t, links, 1)
			assert.Equal(t, c.trouble, links[0].trouble)
		})
	}
	for name, text := range map[string]string{
		"a page of the web is no matter of this repository": "[a](https://example.com/none.md)",
		"code is no link":          "`[a](none.md)`",
		"a block of code has none": "```\n[a](none.md)\n```",
	} {
		t.Run(name, func(t *testing.T) {
			files["README.md"] = &fstest.MapFile{Data: []byte(text)}
			links, err := relativeLinks(files)
			require.NoError(t, err)
			assert.Empty(t, links)
		})
	}
}

// link is a link to a file of the repository.
type link struct {
	document string
	line     int
	target   string
	// trouble says what is wrong with it, empty for nothing.
	trouble string
}

// relativeLinks returns all links in Markdown documents to the repository.
func relativeLinks(repository fs.FS) ([]link, error) {
	var links []link
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && name != ".github" && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		prose, err := readProse(repository, name)
		if err != nil {
			return err
		}
		for i, line := range prose {
			for _, target := range targets(line) {
				l := link{document: name, line: i + 1, target: target}
				if l.trouble, err = trouble(repository, name, target); err != nil {
					return err
				}
				links = append(links, l)
			}
		}
		return nil
	})
	return links, err
}

// readProse returns a document's lines; those of blocks of code are empty.
func readProse(repository fs.FS, name string) ([]string, error) {
	content, err := fs.ReadFile(repository, name)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(content), "\n")
	fenced := false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence || fenced {
			lines[i] = ""
		}
		fenced = fenced != fence
	}
	return lines, nil
}

// targets returns the targets of a line's links, without those to the web.
func targets(line string) []string {
	line = regexp.MustCompile("`[^`]*`").ReplaceAllString(line, "")
	inline := regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	definition := regexp.MustCompile(`^\[[^\]]+\]:\s+(\S+)`)
	var found []string
	for _, match := range slices.Concat(inline.FindAllStringSubmatch(line, -1), definition.FindAllStringSubmatch(line, -1)) {
		if !regexp.MustCompile(`^[a-z]+:`).MatchString(match[1]) {
			found = append(found, match[1])
		}
	}
	return found
}

// trouble says what is wrong with a link in a document.
func trouble(repository fs.FS, document, target string) (string, error) {
	file, heading, named := strings.Cut(target, "#")
	name := document
	if file != "" {
		name = path.Join(path.Dir(document), file)
	}
	if _, err := fs.Stat(repository, name); err != nil {
		return "there is no such file", nil //nolint:nilerr // This is the finding.
	}
	if !named {
		return "", nil
	}
	all, err := anchors(repository, name)
	if err == nil && !slices.Contains(all, heading) {
		return "there is no such heading", nil
	}
	return "", err
}

// anchors returns the names that GitHub gives to a document's headings.
func anchors(repository fs.FS, name string) ([]string, error) {
	prose, err := readProse(repository, name)
	if err != nil {
		return nil, err
	}
	var names []string
	seen := map[string]int{}
	for _, line := range prose {
		match := regexp.MustCompile(`^#{1,6}\s+(.*)$`).FindStringSubmatch(line)
		if match == nil {
			continue
		}
		words := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(strings.TrimSpace(match[1]), "$1")
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, words)
		if n := seen[anchor]; n > 0 {
			names = append(names, fmt.Sprintf("%s-%d", anchor, n))
		} else {
			names = append(names, anchor)
		}
		seen[anchor]++
	}
	return names, nil
}

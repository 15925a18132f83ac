package gallery_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/gallery"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

func item(opportunity int64, name string) gallery.Item {
	return gallery.Item{
		Opportunity: opportunity, Name: name, Kind: "day 7",
		Message: mail.Message{
			From:     address.Address{Name: "Sales", Mailbox: "sales@example.com"},
			ReplyTo:  address.Address{Mailbox: "catchall@example.com"},
			To:       []address.Address{{Name: "Zoé", Mailbox: "zoe@client.example"}},
			CC:       []address.Address{{Mailbox: "sam@example.com"}},
			Subject:  "About " + name,
			HTML:     "<html><body><p>" + name + "</p></body></html>",
			Text:     name + "\n",
			Language: "fr",
		},
		Raw: []byte("Subject: About " + name + "\r\n\r\nbody\r\n"),
	}
}

func page() gallery.Page {
	return gallery.Page{
		Title: "Reminders", Note: "Nothing was sent.",
		Mails: []gallery.Item{item(42, "Office chairs"), item(7, "Desks"), item(42, "Office chairs")},
		Skipped: []gallery.Skipped{
			{Opportunity: 43, Name: "Lamps", Kind: "day 15", Reason: "no-email", Detail: "There is no address."},
			{Opportunity: 44, Name: "Curtains", Reason: "won"},
		},
	}
}

// tree lists a folder's files with their modes.
func tree(t *testing.T, dir string) map[string]fs.FileMode {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := map[string]fs.FileMode{}
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		out[e.Name()] = info.Mode()
	}
	return out
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(raw)
}

func TestAGalleryIsAFolderForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "mails")
	require.NoError(t, gallery.Write(dir, page()))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, fs.ModeDir|0o700, info.Mode())
	assert.Equal(t, map[string]fs.FileMode{
		".crm-tool-gallery":       0o600,
		"001-opportunity-42.eml":  0o600,
		"001-opportunity-42.html": 0o600,
		"002-opportunity-7.eml":   0o600,
		"002-opportunity-7.html":  0o600,
		"003-opportunity-42.eml":  0o600,
		"003-opportunity-42.html": 0o600,
		"index.html":              0o600,
	}, tree(t, dir))
	assert.Equal(t, "Subject: About Desks\r\n\r\nbody\r\n", read(t, dir, "002-opportunity-7.eml"))
	assert.Equal(t, "<html><body><p>Desks</p></body></html>", read(t, dir, "002-opportunity-7.html"))
}

func TestAnEmptyFolderBecomesPrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, gallery.Write(dir, page()))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, fs.ModeDir|0o700, info.Mode())
}

func TestAFolderThatOthersCanWriteToIsRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o777, 0o702, fs.ModeSticky | 0o777} {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, mode))
		err := gallery.Write(dir, page())
		var refused *gallery.AccessError
		require.ErrorAs(t, err, &refused)
		assert.EqualError(t, err, "the folder "+dir+" can be written by every user of this host")
		assert.Equal(t, "name a folder of your own, or one that does not exist yet", refused.Hint())
		assert.Empty(t, tree(t, dir))
	}
}

func TestAFolderOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give folders away")
	}
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Chown(dir, 54321, 54321))
	require.NoError(t, os.Symlink(dir, link))
	for _, path := range []string{dir, link} {
		require.EqualError(t, gallery.Write(path, page()), "the folder "+path+" belongs to 54321")
	}
	assert.Empty(t, tree(t, dir))
}

func TestWritingAgainReplacesAGallery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, gallery.Write(dir, page()))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600))
	second := page()
	second.Mails = second.Mails[1:2]
	require.NoError(t, gallery.Write(dir, second))
	assert.Equal(t, map[string]fs.FileMode{
		".crm-tool-gallery":      0o600,
		"001-opportunity-7.eml":  0o600,
		"001-opportunity-7.html": 0o600,
		"index.html":             0o600,
		"notes.txt":              0o600,
	}, tree(t, dir), "what somebody put there stays")
	assert.NotContains(t, read(t, dir, "index.html"), "Office chairs")
}

func TestAGalleryLeftUnfinishedIsWrittenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, gallery.Write(dir, page()))
	require.NoError(t, os.Remove(filepath.Join(dir, "index.html")))
	require.NoError(t, gallery.Write(dir, page()))
	assert.FileExists(t, filepath.Join(dir, "index.html"))
}

func TestAFolderOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(dir string) error{
		"a file":           func(dir string) error { return os.WriteFile(filepath.Join(dir, "index.html"), []byte("mine"), 0o644) },
		"a hidden file":    func(dir string) error { return os.WriteFile(filepath.Join(dir, ".profile"), nil, 0o644) },
		"a folder":         func(dir string) error { return os.Mkdir(filepath.Join(dir, "001-opportunity-42.html"), 0o755) },
		"a false marker":   func(dir string) error { return os.Mkdir(filepath.Join(dir, ".crm-tool-gallery"), 0o755) },
		"a linked marker":  func(dir string) error { return os.Symlink("/etc/hostname", filepath.Join(dir, ".crm-tool-gallery")) },
		"a dangling index": func(dir string) error { return os.Symlink("/nowhere", filepath.Join(dir, "index.html")) },
	} {
		dir := filepath.Join(t.TempDir(), "mails")
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, prepare(dir))
		before := tree(t, dir)
		err := gallery.Write(dir, page())
		require.ErrorIs(t, err, gallery.ErrNotGallery, name)
		assert.EqualError(t, err, "prepare gallery "+dir+": the folder is not empty and is not a gallery of crm-tool", name)
		assert.Equal(t, before, tree(t, dir), name)
		info, err := os.Stat(dir)
		require.NoError(t, err)
		assert.Equal(t, fs.ModeDir|0o755, info.Mode(), name)
	}
}

func TestNothingIsWrittenThroughALink(t *testing.T) {
	t.Parallel()
	dir, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
	require.NoError(t, os.WriteFile(victim, []byte("mine"), 0o600))
	require.NoError(t, gallery.Write(dir, gallery.Page{}))
	require.NoError(t, os.Remove(filepath.Join(dir, "index.html")))
	require.NoError(t, os.Symlink(victim, filepath.Join(dir, "index.html")))
	require.NoError(t, gallery.Write(dir, page()))
	assert.Equal(t, "mine", read(t, victim))
	assert.Contains(t, read(t, dir, "index.html"), "Office chairs", "the link made way for the page")
}

func TestAPathThatIsNoFolderIsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	err := gallery.Write(file, page())
	assert.ErrorContains(t, err, "create gallery: ")
	assert.NotErrorIs(t, err, gallery.ErrNotGallery)
}

// index writes a gallery and returns its parsed index.
func index(t *testing.T, p gallery.Page) (*html.Node, string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, gallery.Write(dir, p))
	text := read(t, dir, "index.html")
	doc, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	return doc, text
}

func elements(doc *html.Node, tag string) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			out = append(out, n)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// content is all the text in a node.
func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func TestTheIndexListsMailsAndWhatWasSkipped(t *testing.T) {
	t.Parallel()
	doc, _ := index(t, page())
	var list []string
	for _, li := range elements(doc, "li") {
		list = append(list, content(li))
	}
	assert.Equal(t, []string{
		"Office chairsday 7Zoé <zoe@client.example>fr",
		"Desksday 7Zoé <zoe@client.example>fr",
		"Office chairsday 7Zoé <zoe@client.example>fr",
		"Lampsno-emailThere is no address.day 15",
		"CurtainswonOpportunity 44",
	}, list)
	var links []string
	for _, a := range elements(doc, "a") {
		if attr(a, "data-mail") != "" {
			links = append(links, attr(a, "href"))
		}
	}
	assert.Equal(t, []string{"001-opportunity-42.html", "002-opportunity-7.html", "003-opportunity-42.html"}, links)
	assert.Equal(t, "3 mails·2 skipped", content(elements(doc, "p")[1]))
}

func TestTheIndexCarriesTheMailsForItsScript(t *testing.T) {
	t.Parallel()
	doc, _ := index(t, page())
	var mails []map[string]any
	require.NoError(t, json.Unmarshal([]byte(content(elements(doc, "script")[0])), &mails))
	require.Len(t, mails, 3)
	assert.Equal(t, map[string]any{
		"file": "002-opportunity-7", "opportunity": 7.0, "name": "Desks", "kind": "day 7", "language": "fr",
		"from": "Sales <sales@example.com>", "replyTo": "catchall@example.com",
		"to": []any{"Zoé <zoe@client.example>"}, "cc": []any{"sam@example.com"},
		"subject": "About Desks", "html": "<html><body><p>Desks</p></body></html>", "text": "Desks\n",
	}, mails[1])
}

func TestAnEmptyGallerySaysSo(t *testing.T) {
	t.Parallel()
	doc, _ := index(t, gallery.Page{Title: "Reminders"})
	assert.Equal(t, "No mail is due.", content(elements(elements(doc, "main")[0], "p")[0]))
	assert.Empty(t, elements(doc, "iframe"))
}

func TestThePageLoadsNothingAndAMailCanDoNothing(t *testing.T) {
	t.Parallel()
	doc, text := index(t, page())
	for _, n := range append(elements(doc, "link"), elements(doc, "img")...) {
		assert.Fail(t, "an outside resource", n.Data)
	}
	for _, s := range elements(doc, "script") {
		assert.Empty(t, attr(s, "src"))
	}
	frames := elements(doc, "iframe")
	require.Len(t, frames, 2)
	for _, f := range frames {
		assert.Contains(t, f.Attr, html.Attribute{Key: "sandbox"}, "allows nothing")
		assert.Empty(t, attr(f, "src"))
	}
	assert.NotRegexp(t, `https?://`, text)
	assert.NotContains(t, text, "@import")

	script := content(elements(doc, "script")[1])
	sum := sha256.Sum256([]byte(script))
	policy := ""
	for _, m := range elements(doc, "meta") {
		if attr(m, "http-equiv") == "Content-Security-Policy" {
			policy = attr(m, "content")
		}
	}
	assert.Equal(t, "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "+
		"script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", policy, "this script alone may run")
}

func TestHostileMailsStayText(t *testing.T) {
	t.Parallel()
	const evil = `"'></script><script>alert(1)</script><img src=x onerror=alert(1)><!--`
	p := page()
	p.Title, p.Note = evil, evil
	m := &p.Mails[0]
	m.Name, m.Kind = evil, evil
	m.Message.Subject, m.Message.HTML, m.Message.Text, m.Message.Language = evil, evil, evil, evil
	m.Message.To[0].Name = evil
	p.Skipped[0] = gallery.Skipped{Name: evil, Kind: evil, Reason: evil, Detail: evil}
	doc, text := index(t, p)
	assert.Len(t, elements(doc, "script"), 2)
	assert.Empty(t, elements(doc, "img"))
	assert.NotRegexp(t, regexp.MustCompile(`<script>alert`), text)
	var mails []map[string]any
	require.NoError(t, json.Unmarshal([]byte(content(elements(doc, "script")[0])), &mails))
	assert.Equal(t, evil, mails[0]["html"], "the frame gets the mail as it is")
}

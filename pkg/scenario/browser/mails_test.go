//go:build mails

package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/scenario/mails"
)

// view is a way to look at a mail.
type view struct {
	name   string
	scheme string
	// plain takes the style sheet away, as some mail programs do.
	plain bool
}

func views() []view {
	return []view{{name: "light", scheme: "light"}, {name: "dark", scheme: "dark"}, {name: "without a style sheet", scheme: "light", plain: true}}
}

// TestEveryoneCanReadTheMails looks at each mail on a telephone and on a desk, in
// light and in dark, without its style sheet, and as Word would lay it out. axe finds nothing, the contrast of
// texts included; what is read aloud comes in the order in which it is seen; and
// nobody has to scroll sideways.
func TestEveryoneCanReadTheMails(t *testing.T) {
	folder := os.Getenv("CRM_TOOL_TEST_JUDGES")
	require.NotEmpty(t, folder, "run make test-mails")
	axe, err := os.ReadFile(filepath.Join(folder, "axe.min.js"))
	require.NoError(t, err)
	all, err := mails.All(t.TempDir())
	require.NoError(t, err)
	c := newClient(t, target{name: "mails"}, 5*time.Minute)
	good := func(view string) {
		assert.Empty(t, c.list(findings), view)
		assert.Empty(t, c.list(disorder), view)
		assert.Empty(t, c.list(overflow), view)
	}
	for _, m := range all {
		c.read(m.Name(), m.HTML, axe, good)
		if m.Case == mails.WithSalesperson {
			c.open(m.Name(), asWord(m.HTML), axe)
			c.show(m.Name()+" with what Word knows", 720, "light", good)
		}
	}

	// What finds nothing in a bad mail would find nothing in any.
	seen := 0
	c.read("bad", bad, axe, func(view string) {
		seen++
		found := strings.Join(c.list(findings), "\n")
		assert.Contains(t, found, "link-name: ", view)
		assert.Contains(t, found, "html-has-lang: ", view)
		assert.Equal(t, strings.Contains(view, "dark"), strings.Contains(found, "color-contrast: "), view)
		assert.Equal(t, []string{"read second"}, c.list(disorder), view)
		assert.Equal(t, strings.Contains(view, "320"), len(c.list(overflow)) > 0, view)
	})
	assert.Equal(t, 6, seen)
}

// bad has a link without a name, no language, a text above the one before it, in dark
// a text that is hard to read, and no place on a telephone.
const bad = `<!DOCTYPE html><html><head><title>Bad</title><style>
	@media (prefers-color-scheme: dark) { p { color: #777; background-color: #333; } }
	</style></head><body>
	<div style="display:flex;flex-direction:column-reverse"><p>read first</p><p>read second</p></div>
	<p style="width:600px">wide</p><a href="https://example.com"></a></body></html>`

// read looks at a mail in each view, at each width.
func (c *client) read(name, html string, axe []byte, look func(view string)) {
	c.t.Helper()
	c.open(name, html, axe)
	for _, v := range views() {
		if v.plain {
			c.do("take the style sheet away", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("style").forEach(s => s.remove())`))
		}
		for _, width := range []int64{320, 720} {
			c.show(fmt.Sprintf("%s at %d, %s", name, width, v.name), width, v.scheme, look)
		}
	}
}

// open opens a mail.
func (c *client) open(name, html string, axe []byte) {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), name+".html")
	require.NoError(c.t, os.WriteFile(path, []byte(html), 0o600))
	c.do("open "+name, chromedp.Navigate("file://"+path), chromedp.Evaluate[chromedp.Void](string(axe)))
}

// show looks at the mail that is open.
func (c *client) show(view string, width int64, scheme string, look func(view string)) {
	c.t.Helper()
	c.do("show "+view, chromedp.EmulateViewport(width, 800), prefer(scheme))
	look(view)
	c.keep(view)
}

var (
	mediaRule = regexp.MustCompile(`@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}`)
	// unknownToWord are what Word leaves out of a style attribute; padding of links is, too.
	unknownToWord = regexp.MustCompile(`\b(?:max-width|max-height|border-radius|border-spacing|overflow|letter-spacing):[^;"]*;?|display:block;?`)
	linkPadding   = regexp.MustCompile(`(<a [^>]*style="[^"]*?)padding:[^;"]*;?`)
)

// asWord returns a mail without what Outlook on Windows does not know, and with what it
// alone reads.
func asWord(html string) string {
	html = strings.NewReplacer("<!--[if mso]>", "", "<![endif]-->", "", "mso-padding-alt:", "padding:").Replace(mediaRule.ReplaceAllString(html, ""))
	return linkPadding.ReplaceAllString(unknownToWord.ReplaceAllString(html, ""), "$1")
}

// prefer lets the browser prefer light or dark pages.
func prefer(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// list runs a script that returns a list of texts.
func (c *client) list(script string) []string {
	c.t.Helper()
	found, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]string](script, func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
	require.NoError(c.t, err)
	return found
}

const (
	// findings are what axe objects to, and texts whose contrast it cannot tell. A mail is
	// no page: landmarks, the first heading and the way past what is repeated belong to
	// the program that shows it.
	findings = `axe.run({
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		rules: Object.fromEntries(["region", "landmark-one-main", "page-has-heading-one", "bypass"].map(id => [id, { enabled: false }])),
	}).then(r => [...r.violations, ...r.incomplete].flatMap(f => f.nodes.map(n => f.id + ": " + n.html + ": " + n.failureSummary)))`

	// disorder are texts that stand above or before the one that is read before them.
	disorder = `(() => {
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
		let last = null;
		while (walker.nextNode()) {
			const range = document.createRange();
			range.selectNodeContents(walker.currentNode);
			const boxes = [...range.getClientRects()].filter(b => b.width > 1 && b.height > 1);
			if (!walker.currentNode.data.trim() || !boxes.length) continue;
			const first = boxes[0];
			if (last && (first.bottom <= last.top || first.top < last.bottom - last.height / 2 && first.left < last.left)) {
				found.push(walker.currentNode.data.trim());
			}
			last = boxes[boxes.length - 1];
		}
		return found;
	})()`

	// overflow are the elements that are wider than the window.
	overflow = `document.documentElement.scrollWidth <= innerWidth ? [] :
		[...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 120))`
)

// Package browser_test lets a client answer their questionnaire in a real browser.
// It is a module of its own, so that what drives the browser never becomes a
// dependency of the product.
package browser_test

import (
	"context"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
	"github.com/crm-tool/crm-tool/templates"
)

// words are what the client writes; a note must show them as they are.
const words = `Quick & friendly, <b>thank you</b>.`

// TestAClientAnswersInABrowser is the whole way: an activity is marked as done,
// its client gets a mail, clicks the link, the answers and Submit, and the
// answers come to stand on the opportunity.
func TestAClientAnswersInABrowser(t *testing.T) {
	for _, target := range targets() {
		t.Run(target.name, func(t *testing.T) {
			o := target.open(t)
			mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, mailbox.Close()) })
			tool := tool{t: t, path: build(t), environment: o.environment(mailbox)}

			tool.run("feedback", "send")
			lead := o.finish(t)
			tool.run("feedback", "send")
			link := linkIn(t, mailbox)

			form := satisfaction(t)
			c := newClient(t, target, 90*time.Second)
			chosen := c.answer(link, form)
			require.NotEmpty(t, chosen)
			tool.run("feedback", "collect")

			note := o.note(t, lead)
			for _, q := range form.Questions {
				assert.Contains(t, note, html.EscapeString(q.Text))
			}
			for question, choice := range chosen {
				assert.Regexp(t, regexp.QuoteMeta(html.EscapeString(question))+`<br/?><b>`+regexp.QuoteMeta(html.EscapeString(choice))+`</b>`, note)
			}
			c.look(link, "again")
			assert.Contains(t, c.text(), "Thank", "the link leads to no form any more")
		})
	}
}

// tool is the program under test.
type tool struct {
	t           *testing.T
	path        string
	environment []string
}

// build makes the program, as make build does.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crm-tool")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/crm-tool")
	command.Dir = "../../.."
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

func (tool tool) run(args ...string) {
	tool.t.Helper()
	command := exec.CommandContext(tool.t.Context(), tool.path, args...)
	command.Env = tool.environment
	out, err := command.CombinedOutput()
	require.NoError(tool.t, err, "crm-tool %s: %s", strings.Join(args, " "), out)
	tool.t.Logf("crm-tool %s\n%s", strings.Join(args, " "), out)
}

var surveyLink = regexp.MustCompile(`https?://[^\s<>"]+/survey/start/[^\s<>"]+`)

// linkIn returns the link of the only mail that arrived.
func linkIn(t *testing.T, mailbox *sandboxsmtp.Mailbox) string {
	t.Helper()
	mails := mailbox.Messages()
	require.Len(t, mails, 1)
	letter, err := mails[0].Parse()
	require.NoError(t, err)
	link := surveyLink.FindString(letter.Text)
	require.NotEmpty(t, link, "%s", letter.Text)
	return link
}

// satisfaction is the questionnaire that clients are asked with.
func satisfaction(t *testing.T) questionnaire.Questionnaire {
	t.Helper()
	set, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	form, err := set.Find("satisfaction", []string{"en"})
	require.NoError(t, err)
	return form
}

// client is somebody at a browser.
type client struct {
	t *testing.T
	// tab is the browser's, ctx the same with an end.
	tab, ctx context.Context
	// shots is the folder that screenshots are kept in; empty for none.
	shots  string
	target target
}

// browserNames are the programs that Debian's packages and others install.
func browserNames() []string {
	return []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}
}

// newClient starts a browser that goes nowhere by itself, for so long.
func newClient(t *testing.T, target target, limit time.Duration) *client {
	t.Helper()
	at := slices.IndexFunc(browserNames(), func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	require.GreaterOrEqual(t, at, 0, "no browser: .ci/browser setup installs one on Debian")
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(browserNames()[at]), chromedp.NoSandbox, chromedp.WindowSize(900, 1400),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("proxy-server", "direct://"),
	)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	// The first call begins the browser, which lives as long as its context.
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate("about:blank")))
	ctx, cancel := context.WithTimeout(tab, limit)
	t.Cleanup(cancel)
	return &client{t: t, tab: tab, ctx: ctx, shots: os.Getenv("CRM_TOOL_TEST_SCREENSHOTS"), target: target}
}

func (c *client) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, actions...); err != nil {
		c.keep("failed")
		require.NoError(c.t, err, what)
	}
}

// look opens a page.
func (c *client) look(address, shot string) {
	c.t.Helper()
	c.do("open "+address, chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("body")))
	c.keep(shot)
}

func (c *client) text() string {
	text, err := chromedp.Run(c.ctx, chromedp.Text(chromedp.CSS("body")))
	require.NoError(c.t, err)
	return text
}

// answer clicks Start, one choice of each question, and Submit, and returns
// what was chosen and written.
func (c *client) answer(link string, form questionnaire.Questionnaire) map[string]string {
	c.t.Helper()
	// Odoo's buttons are disabled until its script is ready for a click.
	start, submit := chromedp.CSS(`button[value="start"]:not(.disabled)`), chromedp.CSS(`button[value="finish"]:not(.disabled)`)
	c.look(link, "start")
	c.do("start", chromedp.Click(start), chromedp.WaitVisible(submit))
	chosen := map[string]string{}
	for i, q := range form.Questions {
		choices := q.Options()
		if len(choices) == 0 {
			c.do("write", chromedp.SendKeys(chromedp.CSS(`textarea`), words))
			chosen[q.Text] = words
			continue
		}
		// Another one at each question, so that they cannot be confused.
		choice := choices[i%len(choices)].Text
		c.do("choose "+choice, chromedp.Click(chromedp.Search(labelOf(q.Text, choice))))
		chosen[q.Text] = choice
	}
	c.keep("chosen")
	// Odoo 19 asks whether one means to submit, others do not.
	c.do("submit", chromedp.Click(submit), chromedp.WaitVisible(chromedp.CSS(`.o_survey_finished, .modal-footer .btn-primary`)))
	asks, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](`document.querySelector(".o_survey_finished") === null`))
	require.NoError(c.t, err)
	if asks {
		c.do("confirm", chromedp.Click(chromedp.CSS(`.modal-footer .btn-primary`)))
	}
	c.do("end", chromedp.WaitVisible(chromedp.CSS(`.o_survey_finished`)))
	c.keep("thanks")
	return chosen
}

// labelOf is the XPath of the first label with a text after a question's title.
func labelOf(question, choice string) string {
	return `//*[self::span or self::h3][normalize-space(text())=` + quoted(question) + `]/following::label[normalize-space(.)=` + quoted(choice) + `][1]`
}

// quoted is a text as a literal of XPath 1.0.
func quoted(text string) string {
	if !strings.Contains(text, `"`) {
		return `"` + text + `"`
	}
	return `concat("` + strings.Join(strings.Split(text, `"`), `", '"', "`) + `")`
}

// keep takes a screenshot.
func (c *client) keep(name string) {
	if c.shots == "" {
		return
	}
	picture, err := chromedp.Run(c.tab, chromedp.FullScreenshot(100))
	if err != nil {
		c.t.Logf("no screenshot: %v", err)
		return
	}
	assert.NoError(c.t, os.WriteFile(filepath.Join(c.shots, c.target.name+"-"+name+".png"), picture, 0o600))
}

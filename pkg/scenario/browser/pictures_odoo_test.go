//go:build odoo

package browser_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
	"github.com/crm-tool/crm-tool/templates"
)

// picturesEnv names the folder in which the pictures of the guides are kept.
const picturesEnv = "CRM_TOOL_TEST_PICTURES"

// edition is what the pictures of the guides in one language show.
type edition struct {
	// suffix comes before .png in the names of the files.
	suffix, language string
	// seller is the salesperson, with address and telephone number.
	seller, mail, phone string
	// asked gets a reminder of the day age and answers it with reply; in French it is the
	// last one, and archiving meets the answer.
	asked deal
	age   int
	reply string
	// met is asked for an opinion, and is unhappy: the answers, and the last words.
	met   deal
	picks []int
	words string
}

// deal is an opportunity.
type deal struct{ title, client, firm, mail string }

func editions() []edition {
	return []edition{
		{
			suffix: "", language: "en_US", seller: "Sam Seller", mail: "sam@northwind-office.example", phone: "+32 2 555 01 07",
			asked: deal{"Standing desks", "Priya Nair", "Brightside Media", "priya@brightside-media.example"}, age: 15,
			reply: "Hello Sam,\r\n\r\nthank you for asking. We take twelve of them.\r\nCould you call me on Thursday?\r\n\r\nPriya",
			met:   deal{"Office chairs for the new floor", "Zoë Müller", "Alpine Systems", "zoe.muller@alpine-systems.example"},
			picks: []int{3, 1, 2, 3}, words: "The chairs came two weeks late,\nand nobody called us.",
		},
		{
			suffix: ".fr", language: "fr_FR", seller: "Camille Laurent", mail: "camille@northwind-office.example", phone: "+32 2 555 01 08",
			asked: deal{"Cloisons acoustiques", "Hugo Bernard", "Atelier Bernard", "hugo@atelier-bernard.example"}, age: 30,
			reply: "Bonjour Camille,\r\n\r\nmerci pour votre message. Le projet\r\nreprend en janvier. Pourriez-vous\r\npasser nous voir ?\r\n\r\nHugo",
			met:   deal{"Mobilier pour l’accueil", "Élodie Petit", "Clinique du Parc", "elodie.petit@clinique-du-parc.example"},
			picks: []int{3, 1, 2, 3}, words: "Les chaises sont arrivées avec deux semaines de retard,\net personne ne nous a appelés.",
		},
	}
}

// TestGuidesShowPicturesInTheirLanguage takes the pictures of the guides. `make pictures`
// keeps them; otherwise they are thrown away.
func TestGuidesShowPicturesInTheirLanguage(t *testing.T) {
	folder := cmp.Or(os.Getenv(picturesEnv), t.TempDir())
	path := build(t)
	for _, e := range editions() {
		t.Run(e.language, func(t *testing.T) {
			office := newOffice(t, e, path)
			asked, met := office.asked(), office.met()
			c := newClient(t, target{}, 5*time.Minute)
			c.fillIn(office, filepath.Join(folder, "questionnaire"+e.suffix+".png"))
			office.run("feedback", "collect")
			c.logIn(office.server)
			c.chatter(office.server, asked, filepath.Join(folder, "chatter"+e.suffix+".png"))
			c.chatter(office.server, met, filepath.Join(folder, "answers"+e.suffix+".png"))
		})
	}
	t.Run("demo", func(t *testing.T) { demoPictures(t, path, folder) })
}

// office is a company with an Odoo, as an edition shows it.
type office struct {
	tool
	edition

	t       *testing.T
	odoo    *odootest.Database
	server  *server
	mailbox *sandboxsmtp.Mailbox
	seller  int64
}

func newOffice(t *testing.T, e edition, path string) *office {
	t.Helper()
	s, err := odootest.New(os.Getenv)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close(os.Stderr)) })
	o := &office{edition: e, t: t, odoo: s.Open(t)}
	o.server = &server{
		url: o.odoo.URL, database: o.odoo.Name,
		sam: user{o.odoo.Login(odootest.Sam), o.odoo.Password(odootest.Sam)}, bot: user{o.odoo.Login(odootest.Bot), o.odoo.Password(odootest.Bot)},
	}
	o.mailbox, err = sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, o.mailbox.Close()) })
	o.tool = tool{t: t, path: path, environment: append(o.server.environment(o.mailbox),
		"CRM_TOOL_MAIL_FROM=Northwind Office <sales@northwind-office.example>", "CRM_TOOL_FEEDBACK_LOW_SCORE=60")}
	o.name()
	return o
}

// name gives the people and the company of the tests the names of the pictures.
func (o *office) name() {
	o.t.Helper()
	user := func(login string) int64 { return o.ids("res.users", "search", []any{[]any{"login", "=", login}})[0] }
	o.seller = user(odootest.Sam)
	o.admin("res.users", "write", []any{user(odootest.Bot)}, map[string]any{"name": "CRM Tool"})
	o.admin("res.users", "write", []any{o.seller}, map[string]any{
		"name": o.edition.seller, "email": o.mail, "phone": o.phone, "lang": o.language, "tz": "Europe/Brussels",
		"signature": "<p>" + o.edition.seller + "<br>Northwind Office<br>" + o.phone + "</p>", "image_1920": false,
	})
	o.admin("res.company", "write", []any{1}, map[string]any{
		"name": "Northwind Office", "email": "hello@northwind-office.example", "phone": "+32 2 555 01 00",
		"website": "https://www.northwind-office.example", "street": "12 Quay Street", "zip": "1000", "city": "Brussels",
	})
	require.NoError(o.t, o.odoo.ReceiveMail("northwind-office.example"))
}

func (o *office) admin(model, method string, args ...any) any {
	o.t.Helper()
	answer, err := o.odoo.Execute(odootest.Administrator, model, method, args, nil)
	require.NoError(o.t, err, "%s.%s", model, method)
	return answer
}

// ids returns the ids that a method answers.
func (o *office) ids(model, method string, args ...any) []int64 {
	o.t.Helper()
	list, ok := o.admin(model, method, args...).([]any)
	require.True(o.t, ok)
	var ids []int64
	for _, id := range list {
		n, ok := id.(int64)
		require.True(o.t, ok, "%T", id)
		ids = append(ids, n)
	}
	require.NotEmpty(o.t, ids)
	return ids
}

// open makes an opportunity of the salesperson's, so many days old.
func (o *office) open(d deal, age int) int64 {
	o.t.Helper()
	contact := o.admin("res.partner", "create", map[string]any{"name": d.client, "email": d.mail, "lang": o.language})
	id, ok := o.server.asSam(o.t, "crm.lead", "create", nil, map[string]any{
		"name": d.title, "type": "opportunity", "contact_name": d.client, "partner_name": d.firm, "email_from": d.mail, "partner_id": contact,
	}).(int64)
	require.True(o.t, ok)
	made := time.Now().Add(-time.Duration(age)*24*time.Hour - time.Hour)
	require.NoError(o.t, o.odoo.SetCreated("crm.lead", []int64{id}, made))
	require.NoError(o.t, o.odoo.SetCreated("mail.message", o.ids("mail.message", "search", []any{
		[]any{"model", "=", "crm.lead"}, []any{"res_id", "=", id},
	}), made))
	return id
}

// asked lets a client be reminded and answer.
func (o *office) asked() int64 {
	o.t.Helper()
	lead := o.open(o.edition.asked, o.age)
	o.run("remind")
	o.run("archive")
	mails := o.mailbox.Messages()
	require.Len(o.t, mails, 1)
	reminder, err := mails[0].Parse()
	require.NoError(o.t, err)
	o.admin("mail.thread", "message_process", "crm.lead", strings.Join([]string{
		fmt.Sprintf("From: %q <%s>", o.edition.asked.client, o.edition.asked.mail), "To: catchall@northwind-office.example",
		"Subject: Re: " + reminder.Subject, "Message-ID: <answer@client.example>", "In-Reply-To: <" + reminder.MessageID + ">",
		"Content-Type: text/plain; charset=utf-8", "", o.reply, "",
	}, "\r\n"))
	o.run("archive")
	return lead
}

// met lets a client be asked for an opinion.
func (o *office) met() int64 {
	o.t.Helper()
	o.run("feedback", "send")
	lead := o.open(o.edition.met, 1)
	kind := o.ids("mail.activity.type", "search", []any{[]any{"name", "=", "Meeting"}})[0]
	how := map[string]any{"context": map[string]any{"default_res_model": "crm.lead", "lang": o.language}}
	activity := o.server.asSam(o.t, "mail.activity", "create", how, map[string]any{"res_id": lead, "activity_type_id": kind, "user_id": o.seller})
	o.server.asSam(o.t, "mail.activity", "action_feedback", how, []any{activity})
	o.run("feedback", "send")
	return lead
}

// fillIn answers the questionnaire, and takes its picture before it is submitted.
func (c *client) fillIn(o *office, picture string) {
	c.t.Helper()
	mails := o.mailbox.Messages()
	letter, err := mails[len(mails)-1].Parse()
	require.NoError(c.t, err)
	set, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(c.t, err)
	form, err := set.Find("satisfaction", []string{o.language})
	require.NoError(c.t, err)

	submit := chromedp.CSS(`button[value="finish"]:not(.disabled)`)
	c.do("size", chromedp.EmulateViewport(800, 700))
	c.look(surveyLink.FindString(letter.Text), "")
	c.do("start", chromedp.Click(chromedp.CSS(`button[value="start"]:not(.disabled)`)), chromedp.WaitVisible(submit))
	for i, q := range form.Questions {
		if choices := q.Options(); len(choices) > 0 {
			c.do("choose", chromedp.Click(chromedp.Search(labelOf(q.Text, choices[o.picks[i]].Text))))
		} else {
			c.do("write", chromedp.SendKeys(chromedp.CSS(`textarea`), o.words))
		}
	}
	c.evaluate(`document.activeElement.blur(); for (const e of document.querySelectorAll("*")) e.scrollTop = 0; ""`)
	c.save(picture, chromedp.CaptureScreenshot())
	c.do("submit", chromedp.Click(submit), chromedp.Click(chromedp.CSS(`.modal-footer .btn-primary`)), chromedp.WaitVisible(chromedp.CSS(`.o_survey_finished`)))
}

// logIn logs in as the salesperson, on a desk.
func (c *client) logIn(s *server) {
	c.t.Helper()
	c.do("log in", chromedp.EmulateViewport(1650, 2400), chromedp.Navigate(c.pages(s)+"/web/login"),
		chromedp.SendKeys(chromedp.CSS(`input[name=login]`), s.sam.login), chromedp.SendKeys(chromedp.CSS(`input[name=password]`), s.sam.password),
		chromedp.Click(chromedp.CSS(`button[type=submit]`)), chromedp.WaitVisible(chromedp.CSS(`.o_main_navbar`)))
}

// pages is where the pages of a database are: see .ci/odoo.
func (*client) pages(s *server) string {
	return strings.Replace(s.url, "127.0.0.1", s.database+".localhost", 1)
}

// history puts what stands beside an opportunity alone on the page: what is planned, and
// what was written, without what Odoo itself noted.
const history = `(() => {
	const box = document.createElement("div");
	box.id = "picture";
	box.style = "width: 600px; padding: 8px 8px 12px; background: #f9fafb";
	const of = (what) => [...document.querySelectorAll(".o-mail-Chatter " + what)];
	box.append(...of(".o-mail-Activity"), ...of(".o-mail-Message").slice(0, -1));
	document.body.replaceChildren(box);
	document.body.style.overflow = "auto";
	return "";
})()`

// chatter takes a picture of the history of an opportunity.
func (c *client) chatter(s *server, lead int64, picture string) {
	c.t.Helper()
	c.do("open", chromedp.Navigate(fmt.Sprintf("%s/odoo/crm/%d", c.pages(s), lead)), chromedp.WaitVisible(chromedp.CSS(`.o-mail-Message`)),
		chromedp.Sleep(2*time.Second)) // Pictures of people come later.
	c.evaluate(history)
	c.save(picture, chromedp.Screenshot(chromedp.CSS(`#picture`)))
}

func (c *client) evaluate(script string) {
	c.t.Helper()
	_, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](script))
	require.NoError(c.t, err)
}

func (c *client) save(file string, take chromedp.Action[[]byte]) {
	c.t.Helper()
	picture, err := chromedp.Run(c.ctx, take)
	require.NoError(c.t, err)
	require.NoError(c.t, os.WriteFile(file, picture, 0o644))
}

// demoPictures shows what the demonstration leaves: the gallery, and the reports' pages.
func demoPictures(t *testing.T, path, folder string) {
	t.Helper()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	demo := exec.CommandContext(ctx, path, "demo", "--serve", "--dir", dir)
	demo.Cancel = func() error { return demo.Process.Signal(os.Interrupt) }
	out, err := demo.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, demo.Start())
	t.Cleanup(func() {
		stop()
		assert.ErrorIs(t, demo.Wait(), context.Canceled)
	})
	lines, ready := bufio.NewScanner(out), false
	for !ready && lines.Scan() {
		ready = strings.Contains(lines.Text(), "in another terminal")
	}
	require.True(t, ready, "the demonstration stays open")
	c := newClient(t, target{}, 2*time.Minute)
	for suffix, language := range map[string]string{"": "en", ".fr": "fr"} {
		tool := tool{t: t, path: path, environment: []string{"HOME=" + dir, "CRM_TOOL_MAIL_LANGUAGE=" + language, "CRM_TOOL_CONFIG=" + filepath.Join(dir, "config.yaml")}}
		for name, command := range map[string]string{"report": "feedback", "reminders": "remind"} {
			page := filepath.Join(dir, name+suffix+".html")
			tool.run(command, "report", "--html", page)
			c.do("size", chromedp.EmulateViewport(1020, 840), chromedp.Navigate("file://"+page), chromedp.WaitReady(chromedp.CSS("body")))
			c.save(filepath.Join(folder, name+suffix+".png"), chromedp.CaptureScreenshot())
		}
		mail := map[string]string{"en": "Office chairs", "fr": "Mobilier"}[language]
		c.do("gallery", chromedp.EmulateViewport(1560, 760), chromedp.Navigate("file://"+filepath.Join(dir, "mails", "index.html")),
			chromedp.Click(chromedp.Search(`//ol[@id="mails"]//a[contains(., "`+mail+`")]`)), chromedp.Sleep(time.Second))
		c.save(filepath.Join(folder, "gallery"+suffix+".png"), chromedp.CaptureScreenshot())
	}
}

package render_test

import (
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/render"
)

func TestARecordBecomesTheFieldsOfTemplates(t *testing.T) {
	t.Parallel()
	got := render.NewReminderData(record(), 7, time.UTC)
	hidden := record()
	hidden.Title = ""
	assert.Empty(t, render.NewReminderData(hidden, 7, time.UTC).Opportunity.Title)
	assert.Equal(t, render.ReminderData{Day: 7, MailData: render.MailData{
		Opportunity: render.OpportunityData{
			ID: 42, Name: "Office chairs", Title: "Office chairs", FirstContact: calendar.Date{Year: 2026, Month: time.November, Day: 12},
		},
		Client: render.ClientData{Name: "Zoé Martin", Organization: "SARL Dupont"},
		Salesperson: render.SalespersonData{
			Name: "Sam Seller", Email: "sam@example.com",
			Phone: "+33\u00a0(0)1\u00a023\u00a045\u00a067\u00a089", PhoneLink: "tel:+33123456789",
			SignaturePhone: "+33\u00a0(0)1\u00a023\u00a045\u00a067\u00a089",
		},
		Company: render.CompanyData{
			Name: "Example & Sons", Email: "info@example.com", Phone: "01\u00a000\u00a000\u00a000\u00a000", PhoneLink: "tel:0100000000",
			Website: "http://www.example.com", WebsiteName: "www.example.com",
			Street: "1 rue de la Paix", Zip: "75002", City: "Paris", Country: "France",
			Address: "1 rue de la Paix, 75002 Paris, France",
		},
	}}, got)
	assert.Equal(t, render.ReminderData{Day: 0}, render.NewReminderData(render.Record{}, 0, time.UTC), "nothing known, nothing said")
}

func TestTheFirstContactIsADayOfTheZoneAndNotTheConversion(t *testing.T) {
	t.Parallel()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	r := record()
	r.Opportunity.Created = time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	r.Opportunity.Converted = time.Date(2027, 1, 5, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, "2026-12-01", render.NewReminderData(r, 7, tokyo).Opportunity.FirstContact.String())
	assert.Equal(t, "2026-11-30", render.NewReminderData(r, 7, time.UTC).Opportunity.FirstContact.String())
}

func TestADateIsWrittenOutInTheTemplatesLanguage(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, language := range []string{"en", "en_US", "fr", "fr_CA", "de", "qaa"} {
		files["reminder-1."+language+".subject"] = "{{date .Opportunity.FirstContact}}."
		files["reminder-1."+language+".html"] = "<p>{{date .Opportunity.FirstContact}}.</p>"
		files["reminder-1."+language+".txt"] = "{{date .Opportunity.FirstContact}}."
	}
	set, err := own(t, files)
	require.NoError(t, err)
	for _, c := range []struct{ language, day, want string }{
		{"en", "2026-11-12", "12 November 2026."},
		{"en_US", "2027-02-01", "1 February 2027."},
		{"fr", "2026-11-12", "12 novembre 2026."},
		{"fr", "2027-02-01", "1er février 2027."},
		{"fr_CA", "2027-08-02", "2 août 2027."},
		{"fr", "2026-12-31", "31 décembre 2026."},
		{"fr", "2027-01-11", "11 janvier 2027."},
		{"de", "2027-02-01", "1. Februar 2027."},
		{"qaa", "2026-11-12", "2026-11-12."},
	} {
		r := record()
		r.Opportunity.Created, err = time.Parse(time.DateOnly, c.day)
		require.NoError(t, err)
		m := reminder(t, set, r, 1, c.language)
		unbroken := "<p>" + strings.ReplaceAll(c.want, " ", "\u00a0") + "</p>"
		assert.Equal(t, []string{c.want, c.want + "\n", unbroken}, []string{m.Subject, m.Text, m.Chatter}, c.language)
	}
	r := record()
	r.Opportunity.Created = time.Time{}
	assert.Equal(t, ".", reminder(t, set, r, 1, "fr").Subject, "no date gives no text")
}

func TestAClientIsGreetedByHisOwnNameOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                  string
		person, firm, contact string
		want                  render.ClientData
	}{
		{"a person in a firm", "Zoé Martin", "SARL Dupont", "SARL Dupont, Zoé Martin", render.ClientData{Name: "Zoé Martin", Organization: "SARL Dupont"}},
		{"a firm alone", "", "SARL Dupont", "", render.ClientData{Organization: "SARL Dupont"}},
		{"a linked contact that may be a firm", "", "", "SARL Dupont", render.ClientData{Organization: "SARL Dupont"}},
		{"a firm typed in both places", "SARL Dupont", "Sarl Dupont", "", render.ClientData{Organization: "Sarl Dupont"}},
		{"an address in the place of a name", "zoe@client.example", "", "zoe@client.example", render.ClientData{}},
		{"white space", "  Zoé\u00a0\n Martin\t", " ", "", render.ClientData{Name: "Zoé\u00a0 Martin"}},
		{"nobody", "", "", "", render.ClientData{}},
	} {
		got := render.NewReminderData(render.Record{
			Opportunity: crm.Opportunity{ContactName: c.person, OrganizationName: c.firm},
			Contact:     crm.Contact{Name: c.contact},
		}, 7, time.UTC)
		assert.Equal(t, c.want, got.Client, c.name)
	}
}

func TestADeactivatedSalespersonDoesNotSign(t *testing.T) {
	t.Parallel()
	r := record()
	r.Salesperson.Active = false
	assert.Equal(t, render.SalespersonData{}, render.NewReminderData(r, 7, time.UTC).Salesperson)
}

func TestAPhoneNumberBecomesALinkWhenItIsOne(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]template.URL{
		"+33 (0)1 23 45 67 89":   "tel:+33123456789",
		"01.23.45.67.89":         "tel:0123456789",
		"+1 (555) 123-4567":      "tel:+15551234567",
		"555 1234 ext. 12":       "tel:5551234",
		"01 23 45 / 67":          "tel:01234567",
		"01\u00a023\u00a045":     "tel:012345",
		"call me":                "",
		"12":                     "",
		"+1 555 +1 556":          "",
		"javascript:alert(1234)": "",
		"":                       "",
	} {
		r := record()
		r.Salesperson.Phone = in
		assert.Equal(t, want, render.NewReminderData(r, 7, time.UTC).Salesperson.PhoneLink, in)
	}
}

func TestAWebsiteBecomesALinkWhenItIsOne(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"http://www.example.com/":       {"http://www.example.com/", "www.example.com"},
		"https://example.com/en":        {"https://example.com/en", "example.com/en"},
		"www.example.com":               {"https://www.example.com", "www.example.com"},
		" example.com:8080 ":            {"https://example.com:8080", "example.com:8080"},
		"example.com/caf%C3%A9%08":      {"https://example.com/caf%C3%A9%08", "example.com/café"},
		"ftp://example.com":             {"", ""},
		"javascript:alert(1)":           {"", ""},
		"https://bank.example@evil.com": {"", ""},
		"https://":                      {"", ""},
		"http://exa mple.com":           {"", ""},
		"":                              {"", ""},
	} {
		r := record()
		r.Company.Website = in
		d := render.NewReminderData(r, 7, time.UTC).Company
		assert.Equal(t, want, [2]string{d.Website, d.WebsiteName}, in)
	}
}

func TestAnAddressIsShownWhenItIsSafeInALink(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"sam@example.com":                    "sam@example.com",
		"Sam Seller <sam@example.com>":       "sam@example.com",
		"sam?bcc=x@evil.example":             "",
		"sam&cc@evil.example":                "",
		"no address":                         "",
		"sam@example.com\r\nBcc: x@evil.com": "sam@example.com",
		"sam@example.com>,<x@evil.com":       "sam@example.com",
		"":                                   "",
	} {
		r := record()
		r.Company.Email = in
		assert.Equal(t, want, render.NewReminderData(r, 7, time.UTC).Company.Email, in)
	}
}

func TestAnAddressLineHasNoGaps(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]crm.Company{
		"":                        {},
		"Paris":                   {City: "Paris"},
		"75002 Paris, France":     {Zip: "75002", City: "Paris", Country: "France"},
		"1 rue de la Paix, 75002": {Street: "1 rue de la Paix", Zip: "75002"},
	} {
		assert.Equal(t, want, render.NewReminderData(render.Record{Company: c}, 7, time.UTC).Company.Address)
	}
}

func TestTheCompanysCountryIsInTheClientsLanguage(t *testing.T) {
	t.Parallel()
	r := record()
	r.Company.City, r.Company.Country = "Berlin", "Germany"
	for language, want := range map[string]string{"en": "Berlin, Germany", "fr_CA": "Berlin, Allemagne", "de_DE": "Berlin, Deutschland"} {
		m := reminder(t, builtin(t), r, 7, language)
		assert.Contains(t, m.Text, want)
		assert.Contains(t, m.HTML, want)
	}
}

func TestALongFieldEndsWithAnEllipsis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"as long as allowed", strings.Repeat("é", 150), strings.Repeat("é", 150)},
		{"one longer", strings.Repeat("é", 151), strings.Repeat("é", 149) + "…"},
		{"no space before the ellipsis", strings.Repeat("é", 148) + " " + strings.Repeat("x", 9), strings.Repeat("é", 148) + "…"},
		{"without end", strings.Repeat("\x00é", 1<<20), strings.Repeat("é", 149) + "…"},
	} {
		got := render.NewReminderData(render.Record{Opportunity: crm.Opportunity{Name: c.in}}, 7, time.UTC)
		assert.Equal(t, c.want, got.Opportunity.Name, c.name)
	}
}

func TestASignatureIsMadeFitForMail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, html, text string }{
		{"the one that Odoo gives everybody says nothing", "<p>--<br/>Sam Seller</p>", "", ""},
		{"neither do older ones", "<span>--<br/>\n sam seller</span>", "", ""},
		{"nor an empty one", "<p><br></p>", "", ""},
		{"nor none", "", "", ""},
		{
			"dashes go, lines and emphasis stay",
			`<div>-- <br><b>Sam Seller</b><br>Sales <i>manager</i></div>`,
			`<div><b>Sam Seller</b><br/>Sales <i>manager</i></div>`, "Sam Seller\nSales manager",
		},
		{
			"dashes in a paragraph of their own", `<p>--</p><p>Sam</p><p>Sales -- Europe</p>`,
			`<p>Sam</p><p>Sales -- Europe</p>`, "Sam\nSales -- Europe",
		},
		{
			"links stay, and their targets show in plain text",
			`<p>Sam, <a href="https://example.com/book" target="_blank" onclick="x()">book a call</a>, <a href="mailto:sam@example.com">sam@example.com</a>,
<a href="https://example.com">example.com</a></p>`,
			`<p>Sam, <a href="https://example.com/book">book a call</a>, <a href="mailto:sam@example.com">sam@example.com</a>,
<a href="https://example.com">example.com</a></p>`,
			"Sam, book a call (https://example.com/book), sam@example.com, example.com",
		},
		{
			"links that do harm or lead nowhere lose their target",
			`<p><a href="javascript:alert(1)">Sam</a> <a href="/web">here</a> <a href="data:text/html,x">x</a></p>`,
			`<p>Sam here x</p>`, "Sam here x",
		},
		{
			"a picture from the web stays and fits a phone",
			`<p>Sam<br><img src="https://example.com/logo.png" alt="Example" width="120" height="99999" onerror="x()"></p>`,
			`<p>Sam<br/><img src="https://example.com/logo.png" alt="Example" width="120" style="max-width:100%;height:auto;"/></p>`, "Sam",
		},
		{
			"pictures that the client cannot see go",
			`<p>Sam<img src="/web/image/7?access_token=SECRET" alt="x"><img src="data:image/png;base64,AAAA"><img src="http://example.com/a.png"><img src="cid:1"></p>`,
			`<p>Sam</p>`, "Sam",
		},
		{
			"a picture alone is a signature", `<p>--<br><img src="https://example.com/sam.png"></p>`,
			`<p><img src="https://example.com/sam.png" style="max-width:100%;height:auto;"/></p>`, "",
		},
		{
			"colours, fonts and scripts go",
			`<p style="color:#000" class="x"><font color="black">Sam</font><script>alert(1)</script><style>p{}</style></p><iframe src="https://x"></iframe>`,
			`<p>Sam</p>`, "Sam",
		},
		{
			"a table reads line by line", `<table><tr><td>Sam</td><td>Sales</td></tr><tr><td>Paris</td></tr></table>`,
			`<table><tbody><tr><td>Sam</td><td>Sales</td></tr><tr><td>Paris</td></tr></tbody></table>`, "Sam Sales\nParis",
		},
		{"broken HTML is mended", `<p><b>Sam`, `<p><b>Sam</b></p>`, "Sam"},
		{"plain text is text", "Sam & Co <sales>", "Sam &amp; Co ", "Sam & Co"},
		{"one too long is none", "<p>" + strings.Repeat("Sam ", 5000) + "</p>", "", ""},
		{"one far too long is none", "<p>" + strings.Repeat("Sam ", 1<<20) + "</p>", "", ""},
		{"one nested without end is none", strings.Repeat("<div>", 100000) + "Sam", "", ""},
	} {
		r := record()
		r.Salesperson.Signature = c.in
		got := render.NewReminderData(r, 7, time.UTC).Salesperson
		assert.Equal(t, []string{strings.TrimSpace(c.html), c.text}, []string{string(got.Signature), got.SignatureText}, c.name)
	}
}

func TestEveryFieldAndFunctionThatIsListedWorks(t *testing.T) {
	t.Parallel()
	all := map[string]string{}
	names := map[string]bool{}
	for _, f := range render.Fields() {
		assert.NotEmpty(t, f.Description, f.Name)
		assert.False(t, names[f.Name], f.Name)
		names[f.Name] = true
		for _, mail := range []string{"reminder", "feedback", "warning"} {
			if f.Mail == "" || f.Mail == mail {
				all[mail] += "{{" + f.Name + "}} "
			}
		}
	}
	assert.Len(t, names, 38)
	set, err := own(t, map[string]string{
		"reminder.en.txt": all["reminder"], "reminder.en.html": "<p>" + all["reminder"] + "</p>",
		"warning.en.txt": all["warning"], "warning.en.html": "<p>" + all["warning"] + "</p>",
		"feedback.en.txt": all["feedback"], "feedback.en.html": `<p><a href="{{.Link}}">` + all["feedback"] + "</a></p>",
	})
	require.NoError(t, err)
	const common = "en 42 Office chairs Office chairs 2026-11-12 Zoé Martin SARL Dupont Sam Seller sam@example.com " +
		"+33\u00a0(0)1\u00a023\u00a045\u00a067\u00a089 tel:+33123456789 +33\u00a0(0)1\u00a023\u00a045\u00a067\u00a089 Example & Sons info@example.com " +
		"01\u00a000\u00a000\u00a000\u00a000 tel:0100000000 http://www.example.com www.example.com " +
		"1 rue de la Paix 75002 Paris France 1 rue de la Paix, 75002 Paris, France"
	assert.Equal(t, common+" 3", unwrapped(reminder(t, set, record(), 3, "en").Text))
	assert.Equal(t, common+" "+secretLink+" 2026-12-04 5 Meeting 2026-11-20", unwrapped(feedback(t, set, record(), asked(), "en").Text))

	var functions []string
	for _, f := range render.Functions() {
		assert.NotEmpty(t, f.Description, f.Name)
		functions = append(functions, f.Name)
	}
	assert.Equal(t, []string{"date", "outlook"}, functions)
}

func unwrapped(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", " ") }

package render_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/render"
)

func TestATelephoneNumberStandsBesideASignatureThatLacksIt(t *testing.T) {
	t.Parallel()
	const shown = "+33\u00a01\u00a023\u00a045\u00a067\u00a089"
	for _, c := range []struct{ name, signature, phone, want string }{
		{"a signature without a number", "<p>Sam Seller<br>Sales</p>", "+33 1 23 45 67 89", shown},
		{"the number as in Odoo", "<p>Sam, Sales<br>+33 1 23 45 67 89</p>", "+33 1 23 45 67 89", ""},
		{"the number as one calls it in the country", "<p>Sam, Sales<br>Tél. : 01.23.45.67.89</p>", "+33 1 23 45 67 89", ""},
		{"the number beside another", "<p>Sam, Sales<br>06 11 22 33 44 / +33 (0)1 23 45 67 89</p>", "+33 1 23 45 67 89", ""},
		{"the number in a link", `<p>Sam, <a href="tel:+33123456789">call me</a></p>`, "+33 1 23 45 67 89", ""},
		{"another number", "<p>Sam, Sales<br>+33 6 11 22 33 44</p>", "+33 1 23 45 67 89", shown},
		{"digits on two lines are no number", "<p>Sam, 1 23 45<br>67 89 Paris</p>", "+33 1 23 45 67 89", shown},
		{"no number in Odoo", "<p>Sam, Sales</p>", "", ""},
		{"a short one", "<p>Sam, Sales, ext. 4567</p>", "4567", ""},
		{"what is no number", "<p>Sam, Sales</p>", "ask at the desk", "ask\u00a0at\u00a0the\u00a0desk"},
	} {
		r := record()
		r.Salesperson.Signature, r.Salesperson.Phone = c.signature, c.phone
		d := render.NewReminderData(r, 7, time.UTC)
		assert.Equal(t, c.want, d.Salesperson.SignaturePhone, c.name)
		m := reminder(t, builtin(t), r, 7, "en")
		for part, text := range map[string]string{"html": m.HTML, "text": m.Text, "chatter": m.Chatter} {
			if c.want != "" {
				assert.Contains(t, text, strings.TrimPrefix(c.want, "+"), "%s: %s", c.name, part)
			}
		}
		if c.want == "" && c.phone != "" {
			assert.NotContains(t, m.Text, "\n"+strings.ReplaceAll(c.phone, " ", "\u00a0")+"\n", c.name)
		}
	}
}

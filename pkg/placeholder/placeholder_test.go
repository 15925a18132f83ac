package placeholder_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/placeholder"
)

func TestPlaceholdersOfOtherProgramsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]placeholder.Found{
		"Hello ${object.name},":                        {Text: "${object.name}", Expression: "object.name"},
		"Hello #{name}":                                {Text: "#{name}", Expression: "name"},
		"{% if object.name %}Hello":                    {Text: "{% if object.name %}", Expression: "if object.name", Statement: true},
		"{# a remark #}":                               {Text: "{# a remark #}", Expression: " a remark ", Statement: true},
		`<t t-out="object.name or ''"/>`:               {Text: `t-out="object.name or ''"`, Expression: "object.name or ''"},
		`<span t-esc='object.name'>x</span>`:           {Text: `t-esc='object.name'`, Expression: "object.name"},
		`<a t-attf-href="/x/{{object.id}}">`:           {Text: `{{object.id}}`, Expression: "object.id", Action: true},
		`<t t-if="object.user_id">`:                    {Text: `t-if="object.user_id"`, Expression: "object.user_id", Statement: true},
		`<t t-foreach="lines" t-as="line">`:            {Text: `t-foreach="lines"`, Expression: "lines", Statement: true},
		"Hello %%first_name%%!":                        {Text: "%%first_name%%", Expression: "first_name"},
		"Hello %recipient.name%!":                      {Text: "%recipient.name%", Expression: "recipient.name"},
		"Hello %(name)s":                               {Text: "%(name)s", Expression: "name"},
		"Hello *|FNAME|*":                              {Text: "*|FNAME|*", Expression: "FNAME"},
		"Hello [[name]]":                               {Text: "[[name]]", Expression: "name"},
		`Hello [[ name | "you" ]]`:                     {Text: `[[ name | "you" ]]`, Expression: "name"},
		"Hello {name}, hello":                          {Text: "{name}", Expression: "name"},
		"Hello {!Contact.Name}":                        {Text: "{!Contact.Name}", Expression: "Contact.Name"},
		"Hello <<name>>":                               {Text: "<<name>>", Expression: "name"},
		"Hello <%= name %>":                            {Text: "<%= name %>", Expression: "name"},
		"Hello <?php echo $name ?>":                    {Text: "<?php echo $name ?>", Expression: "echo $name"},
		"Hello ##NAME##":                               {Text: "##NAME##", Expression: "NAME"},
		"Hello {{object.name}}":                        {Text: "{{object.name}}", Expression: "object.name", Action: true},
		"{{ object.partner_id.name or 'you' }}":        {Text: "{{ object.partner_id.name or 'you' }}", Expression: "object.partner_id.name", Action: true},
		"{{ctx.get('x')}}":                             {Text: "{{ctx.get('x')}}", Expression: "ctx.get", Action: true},
		"{{if object.name}}Hello{{end}}":               {Text: "{{if object.name}}", Expression: "object.name", Statement: true, Action: true},
		"{{{name}}}":                                   {Text: "{{{name}}}", Expression: "name", Action: true},
		"{{#if name}}":                                 {Text: "{{#if name}}", Expression: "if name", Statement: true, Action: true},
		`{{date .Day}} {{print (or object.name "a")}}`: {Text: `{{print (or object.name "a")}}`, Expression: "object.name", Action: true},
	} {
		want.Line = 1
		found := placeholder.Find(text)
		if assert.NotEmpty(t, found, text) {
			assert.Equal(t, want, found[0], text)
		}
	}
}

func TestAPlaceholderIsShownInItsLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []placeholder.Found{{Line: 3, Text: "${b}", Expression: "b"}, {Line: 4, Text: "[[c]]", Expression: "c"}},
		placeholder.Find("{{/* ${a}\n*/}}{{.Day}}\n${b}\n é[[c]]\n"))
}

func TestWhatOnlyLooksLikeAPlaceholderIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{{.Client.Name}} {{$x := .Day}}{{$x}} {{if eq .Opportunity.Name \"object.name\"}}a{{else}}b{{end}}",
		"{{- /* object.name, ${x} */ -}}",
		"{{ `object.name` }} {{printf \"%s {x}\" .Day}} {{1.5}} {{template \"a.b\" .}}",
		"<style>p{color:red} .a { margin: 0 } @media (max-width:600px){ p{x:y} }</style>",
		"<a href=\"https://www.example.com/caf%C3%A9%20bar?a=%7Bname%7D\">50% off, 100 % sure%</a>",
		"<!--[if mso]><table><![endif]--> <b>a</b> & [1] [note] (x)",
		"{} { name } a{name} $5 {1}",
		"Costs: 5 % of << 10, C# and C##",
	} {
		assert.Empty(t, placeholder.Find(text), text)
	}
}

func TestALongPlaceholderIsShortened(t *testing.T) {
	t.Parallel()
	const long = "${a123456789b123456789c123456789d123456789e123456789f123456789g}"
	assert.Equal(t, long[:60]+"…", placeholder.Find(long)[0].Text)
}

package render_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheChatterShowsTheMessageAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ html, want string }{
		"styles, scripts and images are gone": {
			`<h2 class="x">Hello</h2>
<p style="color:red" onclick="x()">See <b>this</b>.</p>
<style>p { color: red }</style><img src="https://track.example/pixel.gif" alt="pixel"><!-- a remark -->`,
			"<h2>Hello</h2>\n<p>See <b>this</b>.</p>",
		},
		"links stay": {
			`<p>See <a class="x" href="https://www.example.com/chairs?colour=red">our <b>chairs</b></a>, <a href="mailto:sam@example.com">write</a>
or <a href="tel:+33123456789">call</a>.</p>`,
			`<p>See <a href="https://www.example.com/chairs?colour=red">our <b>chairs</b></a>, <a href="mailto:sam@example.com">write</a>
or <a href="tel:+33123456789">call</a>.</p>`,
		},
		"a link that says where it leads is its text": {
			`<p>Sam, <a href="mailto:sam@example.com">sam@<b>example.com</b></a>, <a href="tel:+33123456789">+33 (0)1 23 45 67 89</a>,
<a href="mailto:sam@example.com">eve@example.com</a></p>`,
			`<p>Sam, sam@<b>example.com</b>, +33 (0)1 23 45 67 89,
<a href="mailto:sam@example.com">eve@example.com</a></p>`,
		},
		"a link that runs code, and one of an image, are gone": {
			`<p>Click <a href="javascript:alert(1)">here</a>.</p><p><a href="https://www.example.com"><img src="https://www.example.com/x.png"></a>Bye</p>`,
			"<p>Click here.</p>\n<p>Bye</p>",
		},
		"the client's way to stop the mails is hidden": {
			`<p>Or <a href="{{.Unsubscribe}}">stop</a> at {{.Unsubscribe}}, or <a href="https://www.example.com/?to={{.Unsubscribe}}">here</a>.</p>`,
			`<p>Or <b>stop</b> at …, or <b>here</b>.</p>`,
		},
		"what a mail program hides is gone": {
			`<div style="display: none; max-height: 0">A look into your inbox</div><p>Hello</p>`,
			"<p>Hello</p>",
		},
		"tables of a layout become paragraphs": {
			`<p>Hello</p>
<table role="presentation" width="100%"><tr><td class="panel">About <strong>chairs</strong><br>and desks</td><td><p>and</p> lamps</td></tr></table>
<table><tr><td><table><tr><td><p>Sam</p></td></tr><tr><td>

</td></tr></table></td></tr></table>`,
			"<p>Hello</p>\n<p>About <strong>chairs</strong><br/>and desks</p>\n<p>and</p>\n<p> lamps</p>\n<p>Sam</p>",
		},
		"a table with data stays": {
			`<table class="x"><tr><td width="3">Chairs</td><td>12</td></tr></table><table><tr><th>Sum</th></tr></table>`,
			"<table><tbody><tr><td>Chairs</td><td>12</td></tr></tbody></table>\n<table><tbody><tr><th>Sum</th></tr></tbody></table>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := own(t, map[string]string{"reminder.en.html": c.html})
			require.NoError(t, err)
			r := record()
			r.Unsubscribe = "https://www.example.com/stop?address=zoe%40client.example"
			m := reminder(t, set, r, 3, "en")
			assert.Equal(t, c.want, m.Chatter)
		})
	}
}

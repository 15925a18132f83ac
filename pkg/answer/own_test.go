package answer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/answer"
)

// TestOnlyTheSendersOwnWordsCount has the mail that is answered, signatures and small
// print, as mail programs write them. Each quotes a request; none is the client's.
func TestOnlyTheSendersOwnWordsCount(t *testing.T) {
	t.Parallel()
	for name, quoted := range map[string]string{
		"a block quotation":        `<blockquote type="cite"><p>Please unsubscribe me.</p></blockquote>`,
		"Gmail":                    `<div class="gmail_quote"><div class="gmail_attr">Ann a &#233;crit :</div><blockquote class="gmail_quote">Unsubscribe me.</blockquote></div>`,
		"Gmail, forwarded":         `<div class="gmail_quote">---------- Forwarded message ---------<br>From: Ann<br><br>Unsubscribe me.</div>`,
		"Outlook":                  `<div style="border-top:solid #E1E1E1"><p><b>From:</b> Ann<br><b>Sent:</b> Monday<br><b>To:</b> Bob</p></div><p>Unsubscribe me.</p>`,
		"Outlook, French":          `<p><b>De :</b> Anne<br><b>Envoy&#233; :</b> lundi<br><b>&#192; :</b> Paul</p><p>D&#233;sinscription</p>`,
		"Outlook, German":          `<p><b>Von:</b> Anna<br><b>Gesendet:</b> Montag<br><b>An:</b> Bernd</p><p>Abmelden</p>`,
		"Outlook on the web":       `<div id="appendonsend"></div><hr><p>Unsubscribe me.</p>`,
		"Outlook, copied":          `<div id="x_divRplyFwdMsg">Ann</div><p>Unsubscribe me.</p>`,
		"Outlook, plain text":      "<pre>________________________________\nFrom: Ann\n\nUnsubscribe me.</pre>",
		"Outlook, older":           "<pre>-----Original Message-----\nFrom: Ann\n\nUnsubscribe me.</pre>",
		"Thunderbird":              `<div class="moz-cite-prefix">Am 30.11.2026 schrieb Anna:</div><blockquote>Abmelden</blockquote>`,
		"Yahoo":                    `<div class="yahoo_quoted"><div>On Monday, Ann wrote:</div><div>Unsubscribe me.</div></div>`,
		"GMX":                      `<div name="quote"><b>Gesendet:</b> Montag<br>Abmelden</div>`,
		"plain text":               "<pre>On 30/11/2026, Ann wrote:\n&gt; Unsubscribe me.\n&gt; Stop</pre>",
		"plain text, broken lines": "<pre>On Mon, 30 Nov 2026 at 09:12, Ann Miller of the Acme Company\n&lt;ann@acme.example&gt; wrote:\n&gt; Unsubscribe me.</pre>",
		"plain text without marks": "<pre>Le 30 nov. 2026, Anne Dupond &lt;anne@acme.example&gt; a écrit :\nDésinscription</pre>",
		"a signature":              "<pre>-- \nBob\nUnsubscribe</pre>",
		"a signature of Gmail":     `<div class="gmail_signature">Bob<br>Unsubscribe me.</div>`,
		"below the closing":        "<p>Kind regards,</p><p>Bob</p><p>Unsubscribe me.</p>",
		"small print":              "<p>This mail is confidential. Please remove me from your list.</p>",
		"our own footer":           "<p>You get this mail because you asked us for an offer. To get no more of them, answer with “stop”.</p>",
		"our own footer, French":   "<p>Vous recevez ce message parce que vous nous avez demandé une offre. Pour ne plus en recevoir, répondez « stop ».</p>",
		"what nobody sees":         "<style>Unsubscribe me.</style><title>Stop</title><!-- Unsubscribe me. -->",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.False(t, answer.AsksToStop("Re: Your offer", "<p>Yes, please send the contract.</p>"+quoted))
			assert.True(t, answer.AsksToStop("Re: Your offer", "<p>Please unsubscribe me.</p>"+quoted), "above it")
		})
	}
}

func TestAnAnswerBelowAQuotationCounts(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"plain text": "<pre>On 30/11/2026, Ann wrote:\n&gt; Hello Bob\n\nPlease unsubscribe me.</pre>",
		"Gmail":      `<div class="gmail_quote"><div class="gmail_attr">On 30/11/2026, Ann wrote:</div><blockquote>Hello Bob</blockquote></div><p>Please unsubscribe me.</p>`,
		"in between": `<blockquote>Hello Bob</blockquote><p>Please unsubscribe me.</p><blockquote>Anything else?</blockquote>`,
		"PS":         "<p>No, thanks.</p><p>Kind regards</p><p>Bob</p><p>PS: please unsubscribe me.</p>",
		"broken in plain text": "<pre>Thank you for your message. We have bought elsewhere, so please do not\n" +
			"contact us any more.</pre>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, answer.AsksToStop("Re: Your offer", body))
		})
	}
}

func TestASubjectThatOnlyAsksDecides(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]bool{
		"unsubscribe": true, "Unsubscribe": true, "STOP": true, "Re: stop": true, "AW: Abmelden": true, "Désinscription": true, "baja": true, "Cancellami": true,
		"": false, "Re: Stop at our office": false, "Unsubscribe links in your product": false, "Fwd: unsubscribe": false, "Non-stop production": false,
		"Stop?": false, "Re:": false,
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, answer.AsksToStop(subject, "<p>Hello, please send the contract.</p>"))
		})
	}
}

package mailing

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

// load loads the built-in notes, with files of the user's own.
func load(t *testing.T, own map[string]string) *Notes {
	t.Helper()
	dir := fstest.MapFS{}
	for name, text := range own {
		dir["texts/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	notes, err := LoadNotes(overlay.New(dir, templates.FS))
	require.NoError(t, err)
	return notes
}

// all writes every note and line in a language.
func all(n *Notes, language string) []string {
	const run, answer = "20261129T080000Z-7f3a", `550 5.1.1 <zoe+"x"@client.example> & 'co': 100% unknown`
	about := func(kind crm.EntryKind) crm.Key {
		key := crm.Key{Kind: kind, Opportunity: 42}
		if kind == crm.Reminder {
			key.Step = 15
		}
		return key
	}
	of := func(kind crm.EntryKind) ledger.Mail {
		return ledger.Mail{
			Claim: ledger.Claim{Key: about(kind)}, Language: language, Envelope: mail.Envelope{To: "zoe@client.example"},
		}
	}
	reminder, texts := about(crm.Reminder), n.In(language)
	return []string{
		n.Uncertain(of(crm.Reminder)), n.Uncertain(of(crm.Feedback)), n.Uncertain(of(crm.FeedbackReminder)),
		n.Refused(of(crm.Reminder), answer), n.Refused(of(crm.Feedback), answer), n.Refused(of(crm.FeedbackReminder), answer),
		n.unsent(language, reminder), n.settledSent(language, reminder),
		n.settledUnsent(language, reminder, true), n.settledUnsent(language, reminder, false),
		Paragraph(texts.Archived.Fill(Archiving{"2026-08-01", 120, run})), Paragraph(texts.Activities),
		Paragraph(texts.RestoredUndo.Fill(Restoring{run})), Paragraph(texts.RestoredAnswer.Fill(Restoring{run})), Paragraph(texts.RestoredEarlier.Fill(Restoring{run})),
		Paragraph(texts.Answered.Fill(Answer{"2026-11-29"})), Paragraph(texts.AnsweredAgain.Fill(Answer{"2026-11-29"})),
		Paragraph(texts.Score.Fill(Score{"67"})), texts.CallBack,
		recipients(texts, address.Address{Name: `Zoë "Z" & Co`, Mailbox: "zoe@client.example"}, address.Address{Name: "Sam", Mailbox: "sam@example.com"}),
	}
}

// Databases in use hold these notes: a change of their texts is a decision.
func TestNotesSpeakTheSalespersonsLanguage(t *testing.T) {
	t.Parallel()
	english := []string{
		`<p>Reminder of day 15: nobody can know whether this mail left, as its sending was cut off. It will not be sent again automatically. Please ask the client, then tell your administrator.</p>`,
		`<p>Questionnaire: nobody can know whether this mail left, as its sending was cut off. It will not be sent again automatically. Please ask the client, then tell your administrator.</p>`,
		`<p>Reminder of a questionnaire: nobody can know whether this mail left, as its sending was cut off. It will not be sent again automatically. Please ask the client, then tell your administrator.</p>`,
		`<p>Reminder of day 15 not delivered: the mail server refuses the address zoe@client.example. Its answer: “550 5.1.1 &lt;zoe+&#34;x&#34;@client.example&gt; &amp; &#39;co&#39;: 100% unknown”. Correct the address and the reminders go on.</p>`,
		`<p>Questionnaire not delivered: the mail server refuses the address zoe@client.example. Its answer: “550 5.1.1 &lt;zoe+&#34;x&#34;@client.example&gt; &amp; &#39;co&#39;: 100% unknown”.</p>`,
		`<p>Questionnaire not delivered: the mail server refuses the address zoe@client.example. Its answer: “550 5.1.1 &lt;zoe+&#34;x&#34;@client.example&gt; &amp; &#39;co&#39;: 100% unknown”.</p>`,
		`<p>Reminder of day 15: its sending was cut off before it began. It is sent again if it is still due.</p>`,
		`<p>Reminder of day 15: taken as sent, by your administrator’s decision.</p>`,
		`<p>Reminder of day 15: taken as not sent, by your administrator’s decision; it is sent again.</p>`,
		`<p>Reminder of day 15: taken as not sent, by your administrator’s decision. It is not sent again: this client gets no more mails.</p>`,
		`<p>Archived automatically by crm-tool: open since 2026-08-01, this opportunity is 120 days old (run 20261129T080000Z-7f3a). Stage and probability are as they were. If you unarchive it, it will not be archived automatically again.</p>`,
		`<p>Activities open at that time, kept for an undo:</p>`,
		`<p>Restored by crm-tool: the archiving was taken back (run 20261129T080000Z-7f3a). It will not be archived automatically again.</p>`,
		`<p>Restored by crm-tool: the client wrote after it was archived (run 20261129T080000Z-7f3a). Please answer.</p>`,
		`<p>Restored by crm-tool: the client wrote shortly before it was archived (run 20261129T080000Z-7f3a). Please answer.</p>`,
		`<p>The client answered the questionnaire on 2026-11-29:</p>`,
		`<p>The client answered the same questionnaire another time on 2026-11-29:</p>`,
		`<p>Score: 67 of 100</p>`,
		`Call this unhappy client`,
		`<p><small>To: &#34;Zoë \&#34;Z\&#34; &amp; Co&#34; &lt;zoe@client.example&gt; · Cc: Sam &lt;sam@example.com&gt;</small></p>`,
	}
	french := []string{
		`<p>Relance du jour 15 : impossible de savoir si ce message est parti (l’envoi a été interrompu). Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.</p>`,
		`<p>Questionnaire : impossible de savoir si ce message est parti (l’envoi a été interrompu). Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.</p>`,
		`<p>Rappel du questionnaire : impossible de savoir si ce message est parti (l’envoi a été interrompu). Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.</p>`,
		`<p>Relance du jour 15 non distribuée : le serveur de messagerie refuse l’adresse zoe@client.example. Sa réponse : « 550 5.1.1 &lt;zoe+&#34;x&#34;@client.example&gt; &amp; &#39;co&#39;: 100% unknown ». Corrigez l’adresse pour que les relances reprennent.</p>`,
		`<p>Questionnaire non distribué : le serveur de messagerie refuse l’adresse zoe@client.example. Sa réponse : « 550 5.1.1 &lt;zoe+&#34;x&#34;@client.example&gt; &amp; &#39;co&#39;: 100% unknown ».</p>`,
		`<p>Questionnaire non distribué : le serveur de messagerie refuse l’adresse zoe@client.example. Sa réponse : « 550 5.1.1 &lt;zoe+&#34;x&#34;@client.example&gt; &amp; &#39;co&#39;: 100% unknown ».</p>`,
		`<p>Relance du jour 15 : l’envoi a été interrompu avant son début. Ce message est renvoyé s’il est encore à envoyer.</p>`,
		`<p>Relance du jour 15 : ce message est considéré comme envoyé, sur décision de votre administrateur.</p>`,
		`<p>Relance du jour 15 : ce message est considéré comme non envoyé, sur décision de votre administrateur ; il est renvoyé.</p>`,
		`<p>Relance du jour 15 : ce message est considéré comme non envoyé, sur décision de votre administrateur. Il n’est pas renvoyé : ce client ne reçoit plus de messages.</p>`,
		`<p>Opportunité archivée automatiquement par crm-tool : ouverte le 2026-08-01, elle a 120 jours (exécution 20261129T080000Z-7f3a). Étape et probabilité restent inchangées. Si vous la désarchivez, elle ne sera plus archivée automatiquement.</p>`,
		`<p>Activités ouvertes à ce moment-là, conservées pour une annulation :</p>`,
		`<p>Opportunité rétablie par crm-tool : l’archivage a été annulé (exécution 20261129T080000Z-7f3a). Elle ne sera plus archivée automatiquement.</p>`,
		`<p>Opportunité rétablie par crm-tool : le client a écrit après l’archivage (exécution 20261129T080000Z-7f3a). Merci de lui répondre.</p>`,
		`<p>Opportunité rétablie par crm-tool : le client a écrit peu avant l’archivage (exécution 20261129T080000Z-7f3a). Merci de lui répondre.</p>`,
		`<p>Le client a répondu au questionnaire le 2026-11-29 :</p>`,
		`<p>Le client a répondu une autre fois au même questionnaire le 2026-11-29 :</p>`,
		`<p>Note : 67 sur 100</p>`,
		`Rappeler ce client mécontent`,
		`<p><small>À : &#34;Zoë \&#34;Z\&#34; &amp; Co&#34; &lt;zoe@client.example&gt; · Cc : Sam &lt;sam@example.com&gt;</small></p>`,
	}
	notes := load(t, nil)
	for language, want := range map[string][]string{
		"en_US": english, "fr_FR": french, "fr": french, "fr_CA": french, "qaa_QA": english, "": english,
	} {
		assert.Equal(t, want, all(notes, language), language)
	}
}

// invented is a file as a user could write it; what it lacks is in English.
const invented = `
to: "Al:"
cc: "Kopio:"
reminder: Memorigo de tago {{.Day}}
uncertain: "{{.Mail}}: ĉu ĉi tiu mesaĝo foriris, ne certas."
archived: Arĥivita de {{.Run}}, post {{.Days}} {{if eq .Days 1}}tago{{else}}tagoj{{end}}.
`

func TestAnotherLanguageNeedsAFileAlone(t *testing.T) {
	t.Parallel()
	notes := load(t, map[string]string{"notes.qaa.yaml": invented})
	before, after := all(notes, "en_US"), all(notes, "qaa_QA")
	assert.Equal(t, "<p>Memorigo de tago 15: ĉu ĉi tiu mesaĝo foriris, ne certas.</p>", after[0])
	assert.Equal(t, "<p>Arĥivita de 20261129T080000Z-7f3a, post 120 tagoj.</p>", after[10])
	assert.Equal(t, before[11], after[11])
	assert.Equal(t, all(load(t, nil), "fr_FR"), all(notes, "fr_FR"))
}

func TestTheRecipientsOfAMailAreReadBackInEveryLanguage(t *testing.T) {
	t.Parallel()
	notes := load(t, map[string]string{"notes.qaa.yaml": invented})
	names := []string{
		"", "Zoë", "Martin, Zoë", `Zoë "Z" \ <z@z.example> & Co`, "a · b", "a · Cc: sam@example.com", `x@x.example · Cc: y@y.example`,
		"To: x", "</small></p><p><small>To: x@x.example", "&lt;b&gt;",
	}
	for _, language := range append(templatestest.Languages(t), "qaa") {
		for _, name := range names {
			zoe, err := address.New(name, "zoe@client.example")
			require.NoError(t, err)
			for _, sam := range []address.Address{{}, {Mailbox: "sam@example.com"}, {Name: zoe.Name, Mailbox: "sam@example.com"}} {
				body := "\n" + recipients(notes.In(language), zoe, sam) + "<p>To: mallory@example.com</p>"
				to, cc := RecipientsIn(body)
				assert.Equal(t, []string{"zoe@client.example"}, to, body)
				var want []string
				if !sam.IsZero() {
					want = []string{"sam@example.com"}
				}
				assert.Equal(t, want, cc, body)
			}
		}
	}
	for _, changed := range []string{"", "<p>To: zoe@client.example</p>", "<p><small><b>To:</b> zoe@client.example</small></p>", "<p><small>x</small></p>"} {
		to, cc := RecipientsIn(changed)
		assert.Empty(t, append(to, cc...), changed)
	}
}

func TestALabelEndsWithItsOnlyColon(t *testing.T) {
	t.Parallel()
	for _, label := range []string{"An", "An: die", "An::"} {
		_, err := LoadNotes(overlay.New(fstest.MapFS{"texts/notes.de.yaml": {Data: []byte("to: '" + label + "'")}}, templates.FS))
		require.EqualError(t, err, "texts/notes.de.yaml, line 1: to must end with a colon and have no other", label)
	}
}

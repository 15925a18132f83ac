package answer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/answer"
)

// returned is the day that a notice names that came on Monday, 30 November 2026.
func returned(subject, body string) string {
	received := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	if !strings.HasPrefix(body, "<") {
		body = "<pre>" + body + "</pre>"
	}
	day, found := answer.Return(subject, body, received, time.UTC)
	if !found {
		return ""
	}
	return day.String()
}

func TestANoticeNamesTheDayOfReturn(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		// English
		"I will be back on Monday, 14 December.":                                                        "2026-12-14",
		"I am out of the office until 3 January.":                                                       "2027-01-04",
		"I am on leave from 12 to 19 December.":                                                         "2026-12-20",
		"I'm out from December 12 to December 19 with no access to mail.":                               "2026-12-20",
		"Out of office Dec 12-19":                                                                       "2026-12-20",
		"I'll be back on 2026-12-14.":                                                                   "2026-12-14",
		"I will return to the office on December 14th, 2026. For urgent matters call +44 20 7946 0000.": "2026-12-14",
		"I am away from Monday 7 December and will be back on Tuesday 15 December 2026.":                "2026-12-15",
		"Thank you for your message. I am out of office, returning Wednesday, Jan. 6.":                  "2027-01-06",
		"I won't be back until 14 December.":                                                            "2026-12-14",
		"I am away until and including Friday 18 December":                                              "2026-12-19",
		"The office is closed through January 2nd, 2027.":                                               "2027-01-03",
		"Back on 12/14":                                                     "2026-12-14",
		"Back on 14/12":                                                     "2026-12-14",
		"I am out of the office 12/10 - 12/19.":                             "2026-12-20",
		"I will be back on 12/4.":                                           "", // 12 April, or 4 December
		"I will be back on 12/12.":                                          "2026-12-12",
		"I will be back on 11/12.":                                          "2026-12-11", // 12 November is gone
		"I am out of the office and will be back next week.":                "",
		"I am out of the office with limited access to my mail.":            "",
		"I will be back on 14 December 2027.":                               "",
		"I was away until 20 November.":                                     "",
		"I will be back tomorrow. Our company was founded on 3 March 1990.": "",
		"We have moved on 5 December 2026.":                                 "",
		"I am away until 31 December. In urgent cases write to Ann (back on 7 December 2026).": "2026-12-07",
		"I am back after 18 December.":              "2026-12-19",
		"Until the 3rd of January I am on holiday.": "2027-01-04",
		"I'll be available again as of 7 January.":  "2027-01-07",
		"I will be back on 30 November.":            "",
		"I am away until 30 November.":              "2026-12-01",
		"I will be back on 31 February 2027.":       "",
		"Back on 29 February.":                      "",
		"Back on 28 February.":                      "2027-02-28",
		// French
		"Je suis absent, de retour le 14/12.":                            "2026-12-14",
		"Je suis absente jusqu'au 3 janvier inclus.":                     "2027-01-04",
		"Je suis en congés du 12 au 19 décembre 2026.":                   "2026-12-20",
		"Je serai de retour le lundi 4 janvier 2027 et répondrai alors.": "2027-01-04",
		"De retour au bureau le 1er février.":                            "2027-02-01",
		"Absent du 4/12 au 8/12":                                         "2026-12-09",
		"Je serai de nouveau joignable à partir du 7 déc. 2026.":         "2026-12-07",
		"En mon absence, écrivez à paul@client.example.":                 "",
		"Reprise le 04.01.2027":                                          "2027-01-04",
		// German
		"Ich bin bis einschließlich 3. Januar nicht im Büro.":    "2027-01-04",
		"Ich bin am 14.12. wieder erreichbar.":                   "2026-12-14",
		"Ich bin vom 12.12. bis 19.12.2026 im Urlaub.":           "2026-12-20",
		"Vom 12. bis zum 19. Dezember bin ich nicht erreichbar.": "2026-12-20",
		"Ab dem 4. Jänner bin ich wieder für Sie da.":            "2027-01-04",
		"Ich bin ab Mo. 14.12. zurück.":                          "2026-12-14",
		"Bis zum 14.12. bin ich unterwegs, danach wieder da.":    "2026-12-15",
		"Urlaub 12.-19.12.":                                      "2026-12-20",
		"Ich bin ab 14.12.26 wieder im Haus, Tel. 030 12.34.56":  "2026-12-14",
		"Ich bin heute bis 14.30 Uhr in einer Besprechung.":      "",
		"Ich bin nach dem 6. März wieder da.":                    "2027-03-07",
		// Spanish
		"Estaré de vuelta el 14 de diciembre.":             "2026-12-14",
		"Estoy de vacaciones hasta el 3 de enero de 2027.": "2027-01-04",
		"Estaré ausente del 12 al 19 de diciembre.":        "2026-12-20",
		"Vuelvo el 7/1.": "2027-01-07",
		// Italian
		"Sarò di ritorno lunedì 14 dicembre.":       "2026-12-14",
		"Sono in ferie fino al 3 gennaio compreso.": "2027-01-04",
		"Sono assente dal 12 al 19 dicembre.":       "2026-12-20",
		"Rientro il 07/01/2027.":                    "2027-01-07",
		// Dutch
		"Ik ben terug op maandag 14 december.":        "2026-12-14",
		"Ik ben afwezig tot en met 3 januari.":        "2027-01-04",
		"Ik ben van 12 t/m 19 december met vakantie.": "2026-12-20",
		"Ik ben op 14-12-2026 weer aanwezig.":         "2026-12-14",
		// Portuguese
		"Estarei de volta no dia 14 de dezembro.": "2026-12-14",
		"Estou ausente até 3 de janeiro.":         "2027-01-04",
		// Polish
		"Jestem na urlopie do 3 stycznia.": "2027-01-04",
		"Wracam 14 grudnia.":               "2026-12-14",
		// Swedish, Danish, Norwegian
		"Jag är tillbaka den 14 december.":       "2026-12-14",
		"Jag är ledig till och med 3 januari.":   "2027-01-04",
		"Jeg er tilbage den 14. december.":       "2026-12-14",
		"Jeg er tilbake mandag 14. desember.":    "2026-12-14",
		"Jeg holder ferie til og med 3. januar.": "2027-01-04",
		// Finnish, Czech
		"Olen takaisin 14. joulukuuta.":   "2026-12-14",
		"Olen lomalla 3.1.2027 asti.":     "2027-01-04",
		"Budu zpět 14. prosince.":         "2026-12-14",
		"Jsem na dovolené do 3. 1. 2027.": "2027-01-04",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, returned("Automatic reply", body))
		})
	}
}

func TestTheDayOfReturnIsTheSendersOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ subject, body, want string }{
		"the subject counts":       {"Automatic reply: out of office until 14 December", "<p>Thank you for your mail.</p>", "2026-12-15"},
		"the body decides over it": {"Out of office until 14 December", "<p>I will be back on 16 December.</p>", "2026-12-16"},
		"the last of several dates": {
			"Automatic reply", "<p>I am away from 7 to 11 December, and back on 14 December. I am away again from 21 December to 1 January.</p>", "2027-01-02",
		},
		"not one of a signature": {
			"Automatic reply", "I am out of the office.\n\n-- \nAnn Miller\nVisit our fair, back on 14 December 2026", "",
		},
		"not one of a signature in HTML": {
			"Automatic reply", `<p>I am out of the office.</p><div class="gmail_signature">Closed until 14 December</div>`, "",
		},
		"not one of a quoted mail": {
			"Automatic reply", "<p>I am out of the office.</p><blockquote>I will be back on 14 December.</blockquote>", "",
		},
		"not one of a mail quoted by Outlook": {
			"Automatische Antwort",
			"<p>Ich bin nicht im Büro.</p><div><b>Von:</b> Anna<br><b>Gesendet:</b> Montag<br><b>An:</b> Bernd</div><p>Ich bin am 14.12. wieder da.</p>", "",
		},
		"a line that is broken in plain text": {
			"Automatic reply", "Thank you for your message. I am currently out of the office and will be\nback on Monday, 14 December.", "2026-12-14",
		},
		"a table of HTML": {"Automatic reply", "<table><tr><td>I will be back on</td></tr><tr><td>14 December</td></tr></table>", ""},
		"two languages": {
			"Automatische Antwort: Anfrage",
			"<p>Ich bin bis 18.12.2026 nicht im Büro.</p><p>I am out of the office until 18 December 2026.</p>", "2026-12-19",
		},
		"entities and fonts": {"Automatic reply", "<p>De retour le&nbsp;<b>4</b>&nbsp;<i>f&eacute;vrier</i></p>", "2027-02-04"},
		"an empty mail":      {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, returned(c.subject, c.body))
		})
	}
}

func TestADateWithoutAYearIsTheNextOne(t *testing.T) {
	t.Parallel()
	auckland, err := time.LoadLocation("Pacific/Auckland")
	assert.NoError(t, err)
	for name, c := range map[string]struct {
		received time.Time
		zone     *time.Location
		body     string
		want     string
	}{
		"on the last day of the year": {time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC), time.UTC, "I am back on 2 January.", "2027-01-02"},
		"on the first day of the year, where it has begun": {
			time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC), auckland, "I am back on 1 January.", "",
		},
		"on the last day of the year, where it has not": {
			time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC), time.UTC, "I am back on 1 January.", "2027-01-01",
		},
		"a last day of absence may be today":  {time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC), time.UTC, "Away until 31 December.", "2027-01-01"},
		"the last day of 180":                 {time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC), time.UTC, "I am back on 28 November.", "2026-11-28"},
		"not the day after":                   {time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC), time.UTC, "I am back on 29 November.", ""},
		"the 29th of February in a leap year": {time.Date(2027, 12, 1, 8, 0, 0, 0, time.UTC), time.UTC, "I am back on 29 February.", "2028-02-29"},
		"the day after the 28th in one":       {time.Date(2027, 12, 1, 8, 0, 0, 0, time.UTC), time.UTC, "I am away until 28 February.", "2028-02-29"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			day, found := answer.Return("Automatic reply", "<p>"+c.body+"</p>", c.received, c.zone)
			got := ""
			if found {
				got = day.String()
			}
			assert.Equal(t, c.want, got)
		})
	}
}

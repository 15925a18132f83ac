package phrase_test

import (
	"fmt"
	"testing/fstest"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

func ExampleLoad() {
	type visitor struct {
		Name   string
		Visits int
	}
	type greetings struct {
		Title string               `text:"title"`
		Hello phrase.Text[visitor] `text:"hello"`
	}
	builtin := fstest.MapFS{"texts/greetings.en.yaml": {Data: []byte(
		"title: Visitors\n" +
			"hello: Welcome{{if gt .Visits 1}} back{{end}}, {{.Name}}!\n",
	)}}
	own := fstest.MapFS{"texts/greetings.de.yaml": {Data: []byte(
		"hello: Willkommen, {{.Name}}!\n",
	)}}

	set, err := phrase.Load[greetings](overlay.New(own, builtin), "greetings")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, language := range []string{"en_US", "de_AT"} {
		texts, code := set.In(language)
		fmt.Printf("%s: %s: %s\n", code, texts.Title, texts.Hello.Fill(visitor{Name: "Zoë", Visits: 2}))
	}
	// Output:
	// en: Visitors: Welcome back, Zoë!
	// de: Visitors: Willkommen, Zoë!
}

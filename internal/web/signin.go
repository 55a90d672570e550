package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// enterPage shows whom a link signs in, with a button. Opening it uses nothing up: chat
// and mail programs open links to show a preview.
type enterPage struct {
	Base  `json:"-"`
	Name  string `json:"name"`
	Token string `json:"-"`
}

// askSignIn is GET /sign-in.
func (s *Web) askSignIn(r *http.Request) (answer, error) {
	token := r.URL.Query().Get("token")
	if token == "" {
		return answer{name: "signin", page: &signInPage{Base: Base{Head: "Sign in"}, Status: http.StatusOK, Title: "Please sign in"}}, nil
	}
	name, err := s.people.invited(token)
	if err != nil {
		return answer{}, err
	}
	return show("enter", &enterPage{Base: Base{Head: "Sign in"}, Name: name, Token: token}), nil
}

// doSignIn is POST /sign-in.
func (s *Web) doSignIn(r *http.Request) (answer, error) {
	old := ""
	if c, err := r.Cookie(s.cookieName()); err == nil {
		old = c.Value
	}
	id, name, err := s.people.enter(r.PostForm.Get("token"), old, r.UserAgent())
	if err != nil {
		return answer{}, err
	}
	s.log.Info("signed in", "person", name)
	a := goTo("/")
	if c, err := r.Cookie(s.wantedName()); err == nil {
		a.to = decodePath(c.Value)
		a.cookies = append(a.cookies, s.cookie(s.wantedName(), ""))
	}
	a.cookies = append(a.cookies, s.cookie(s.cookieName(), id))
	return a, nil
}

// signOut is POST /sign-out. It is open: whose session has ended by itself is out already,
// and is not asked to sign in for it.
func (s *Web) signOut(r *http.Request) (answer, error) {
	if v := who(r.Context()); v.session != nil {
		s.people.end(v.session)
		s.log.Info("signed out", "person", v.Name)
	}
	a := goTo("/sign-in")
	a.cookies = []*http.Cookie{s.cookie(s.cookieName(), "")}
	return a, nil
}

// peoplePage lists who is signed in.
type peoplePage struct {
	Base     `json:"-"`
	Sessions []sessionView `json:"sessions"`
	// Link is the one-time link that was just made, For whom, Until when it works.
	Link  string    `json:"-"`
	For   string    `json:"-"`
	Until time.Time `json:"-"`
}

// sessionView is a session as the page shows it.
type sessionView struct {
	No    int       `json:"no"`
	Name  string    `json:"name"`
	Agent string    `json:"agent"`   // as the browser calls itself
	Short string    `json:"browser"` // as people call it
	Begun time.Time `json:"begun"`
	Used  time.Time `json:"used"`
	Ends  time.Time `json:"ends"`
	Own   bool      `json:"own"`
}

// peoplePage is GET /people.
func (s *Web) peoplePage(r *http.Request) (answer, error) {
	return show("people", s.peopleNow(r)), nil
}

func (s *Web) peopleNow(r *http.Request) *peoplePage {
	p := &peoplePage{Base: Base{Head: "People", Nav: "people"}, Sessions: []sessionView{}}
	own := who(r.Context()).session
	for _, x := range s.people.list() {
		ends := x.Used.Add(idleLimit)
		if last := x.Begun.Add(wholeLimit); last.Before(ends) {
			ends = last
		}
		p.Sessions = append(p.Sessions, sessionView{No: x.No, Name: x.Name, Agent: x.Agent, Short: browserName(x.Agent), Begun: x.Begun, Used: x.Used, Ends: ends, Own: x.No == own.No})
	}
	return p
}

// makeLink is POST /people/link. The link is in the answer itself and nowhere else: an
// address that showed it again would be a second way in.
func (s *Web) makeLink(r *http.Request) (answer, error) {
	name, err := personName(r.PostForm.Get("person"))
	if err != nil {
		return answer{}, err
	}
	link, err := s.Link(name)
	if err != nil {
		return answer{}, err
	}
	s.log.Info("sign-in link made", "person", who(r.Context()).Name, "for", name)
	p := s.peopleNow(r)
	p.Link, p.For, p.Until = link, name, s.cfg.Now().Add(linkLimit)
	return show("people", p), nil
}

// revoke is POST /people/revoke.
func (s *Web) revoke(r *http.Request) (answer, error) {
	no, _ := strconv.Atoi(r.PostForm.Get("session"))
	v := who(r.Context())
	name, ok := s.people.revoke(no)
	if !ok {
		return answer{}, &httpError{http.StatusNotFound, "There is no such session", "It may have ended by itself.", "Look at the list again."}
	}
	s.log.Info("session revoked", "person", v.Name, "for", name)
	s.people.tell(v.session, flash{Text: name + " is signed out there."})
	return goTo("/people"), nil
}

// browsers and machines are how user agents name what people know by other names. The
// first that is found counts: most browsers claim to be their rivals as well.
var (
	browsers = [][2]string{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	machines = [][2]string{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Mac OS X", "Mac"},
		{"Linux", "Linux"},
	}
)

// browserName says shortly from where somebody looks: "Chrome on Linux". It tells two
// sessions apart and proves nothing: a browser says of itself what it likes.
func browserName(agent string) string {
	name, machine := firstOf(browsers, agent), firstOf(machines, agent)
	switch {
	case name == "" && machine == "":
		return "another program"
	case machine == "":
		return name
	case name == "":
		return "a program on " + machine
	}
	return name + " on " + machine
}

func firstOf(names [][2]string, agent string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}

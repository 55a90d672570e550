// Judges the page it runs in; its value is a list of findings in plain words.
(() => {
	const found = []
	const all = (s, root = document) => [...root.querySelectorAll(s)]
	const clip = s => String(s || '').replace(/\s+/g, ' ').trim().slice(0, 60)
	const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden'
	const label = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + ' “' + clip(name(e) || e.getAttribute('name') || e.getAttribute('class')) + '”'
	const byIds = (e, attr) => (e.getAttribute(attr) || '').split(/\s+/).filter(Boolean).map(id => document.getElementById(id)?.textContent || '').join(' ').trim()
	function name(e) {
		return byIds(e, 'aria-labelledby') || (e.getAttribute('aria-label') || '').trim() ||
			(e.labels && [...e.labels].map(l => l.textContent).join(' ').trim()) ||
			(e.matches('input[type=submit],input[type=button]') && e.value) ||
			(e.matches('svg') && e.querySelector(':scope > title')?.textContent.trim()) ||
			(!e.matches('input,select,textarea,svg') && (e.textContent.trim() || all('img[alt]', e).map(i => i.alt).join(' ').trim() || all('svg', e).map(name).join(' ').trim())) || ''
	}

	// The page as a whole.
	if (!document.documentElement.lang) found.push('the page does not say its language')
	if (!document.title.trim()) found.push('the page has no title')
	const mains = all('main,[role=main]').filter(shown)
	if (mains.length !== 1) found.push('the page has ' + mains.length + ' main parts, not one')
	const heads = all('h1,h2,h3,h4,h5,h6').filter(shown)
	if (heads.filter(h => h.tagName === 'H1').length !== 1) found.push('the page has ' + heads.filter(h => h.tagName === 'H1').length + ' first headings, not one')
	let depth = 0
	for (const h of heads) {
		const d = Number(h.tagName[1])
		if (d > depth + 1) found.push('the heading ' + label(h) + ' skips a level')
		depth = d
	}
	const ids = new Set()
	for (const e of all('[id]')) {
		if (ids.has(e.id)) found.push('the id ' + e.id + ' stands twice')
		ids.add(e.id)
	}
	for (const attr of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls']) {
		for (const e of all('[' + attr + ']')) {
			for (const id of e.getAttribute(attr).split(/\s+/)) if (!document.getElementById(id)) found.push(attr + ' of ' + label(e) + ' leads to ' + id + ', which is not there')
		}
	}
	if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window')

	// Names.
	for (const e of all('input:not([type=hidden]),select,textarea').filter(shown)) if (!name(e)) found.push('no label on ' + label(e))
	for (const e of all('button,a[href],summary,[role=button],[role=link]').filter(shown)) if (!name(e)) found.push('no name on ' + label(e))
	for (const e of all('img')) if (!e.hasAttribute('alt')) found.push('an image without a text')
	for (const e of all('svg')) {
		const hidden = e.closest('[aria-hidden=true]')
		if (!hidden && (e.getAttribute('role') !== 'img' || !name(e))) found.push('a picture without a name: ' + label(e))
	}
	for (const e of all('th')) if (!e.textContent.trim()) found.push('an empty table heading')

	// Targets: 24 pixels, or that much room around. A link within a sentence is as high as
	// its line, and what stands in the way of a box's label is its label.
	const boxOf = e => e.matches('[type=checkbox],[type=radio]') && e.labels.length ? e.labels[0].getBoundingClientRect() : e.getBoundingClientRect()
	const inSentence = e => e.matches('a') && getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim().length > e.textContent.trim().length
	const targets = all('button,input:not([type=hidden]),select,textarea,summary,a[href],[role=button]').filter(shown).map(e => ({ e, box: boxOf(e) })).filter(t => t.box.width > 2 && t.box.height > 2)
	const tight = t => t.box.width < 23.5 || t.box.height < 23.5
	const middle = t => [t.box.left + t.box.width / 2, t.box.top + t.box.height / 2]
	function crowded(t) {
		const [x, y] = middle(t)
		return targets.some(o => {
			if (o.e === t.e || o.e.contains(t.e) || t.e.contains(o.e)) return false
			if (tight(o)) return Math.hypot(middle(o)[0] - x, middle(o)[1] - y) < 24
			return Math.hypot(Math.max(o.box.left - x, 0, x - o.box.right), Math.max(o.box.top - y, 0, y - o.box.bottom)) < 12
		})
	}
	for (const t of targets) {
		if (tight(t) && !inSentence(t.e) && crowded(t)) found.push('a small target, ' + Math.round(t.box.width) + ' by ' + Math.round(t.box.height) + ': ' + label(t.e))
	}

	// Contrast: every piece of text against what is painted behind it.
	const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
	pen.canvas.width = pen.canvas.height = 1
	const colours = new Map()
	function rgba(text) {
		if (!colours.has(text)) {
			pen.clearRect(0, 0, 1, 1)
			pen.fillStyle = text
			pen.fillRect(0, 0, 1, 1)
			colours.set(text, [...pen.getImageData(0, 0, 1, 1).data])
		}
		return colours.get(text)
	}
	const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] / 255 + under[i] * (1 - top[3] / 255)).concat(255)
	function behind(e, x, y) {
		const layers = []
		for (const b of document.elementsFromPoint(x, y)) {
			if (b !== e && b.matches('text,tspan')) continue
			const style = getComputedStyle(b)
			const paint = b.matches('rect,path,circle,polygon') ? (style.fill === 'none' ? 'transparent' : style.fill) : style.backgroundColor
			layers.push(rgba(paint))
			if (layers.at(-1)[3] === 255) break
		}
		// The canvas of the page is what the scheme says.
		return layers.reverse().reduce((under, top) => over(top, under), rgba(matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement).colorScheme.includes('dark') ? '#121212' : '#ffffff'))
	}
	const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
	const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2])
	const seen = new Set()
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	for (let node = walk.nextNode(); node; node = walk.nextNode()) {
		const e = node.parentElement
		if (!node.data.trim() || !e || !shown(e) || e.closest('script,style,noscript,title,desc,option,datalist,:disabled')) continue
		const range = document.createRange()
		range.selectNodeContents(node)
		const box = range.getClientRects()[0]
		if (!box || box.width < 2 || box.height < 2) continue
		const x = box.left + Math.min(box.width, 40) / 2, y = box.top + box.height / 2
		const top = document.elementFromPoint(x, y)
		if (!top || !(top === e || e.contains(top) || top.contains(e))) continue // under something, or for screen readers
		const style = getComputedStyle(e)
		const paper = behind(e, x, y)
		const ink = over(rgba(e.matches('text,tspan') ? style.fill : style.color), paper)
		const [a, b] = [light(ink), light(paper)].sort((p, q) => q - p)
		const ratio = (a + 0.05) / (b + 0.05)
		const key = ink + '|' + paper
		if (ratio < 4.5 && !seen.has(key)) {
			seen.add(key)
			found.push('contrast ' + ratio.toFixed(2) + ' of ' + label(e) + ' in the ' + (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light') + ' scheme')
		}
	}

	// For the walk with the Tab key.
	const focusable = () => all('a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex]:not([tabindex="-1"])').filter(e => shown(e) && !e.disabled && (e.matches('summary') || !e.closest('details:not([open])')))
	let known = []
	window.pwFocus = first => {
		if (first) {
			known = focusable()
			// Where the focus was last is where the Tab key goes on from; that is to be the top.
			const top = document.createElement('span')
			top.tabIndex = -1
			document.body.prepend(top)
			top.focus()
			top.remove()
		}
		const e = document.activeElement
		const no = known.indexOf(e)
		if (first || !e || e === document.body || no < 0) return { No: -1, Name: '', Visible: true, Covered: false }
		const style = getComputedStyle(e)
		const box = e.getBoundingClientRect()
		const top = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, box.left + box.width / 2)), Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height, 40) / 2)))
		const labelled = e.labels && [...e.labels].some(l => l.contains(top))
		return {
			No: no, Name: label(e),
			Visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none',
			Covered: !!top && top !== e && !e.contains(top) && !top.contains(e) && !labelled,
		}
	}
	window.pwFocusable = () => known.map(e => (e.matches('[type=radio]') ? 'radio ' : '') + label(e))
	return found
})()

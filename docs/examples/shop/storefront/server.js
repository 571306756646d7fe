const express = require('express')
const session = require('express-session')
const { RedisStore } = require('connect-redis')
const { createClient } = require('redis')

const basket = require('./routes/basket')
const account = require('./routes/account')

const client = createClient({ url: process.env.SESSION_STORE })
client.connect()

const app = express()
app.use(express.json())
app.use(session({
  store: new RedisStore({ client }),
  secret: process.env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
}))

app.get('/', (req, res) => res.sendFile('index.html', { root: 'pages' }))
app.get('/teas', listTeas)
app.use('/basket', basket)
app.use('/account', account)
app.get('/admin/stock', showStock)

function listTeas(req, res) {
  res.json([{ name: 'Assam', grams: 100 }, { name: 'Sencha', grams: 80 }])
}

function showStock(req, res) {
  res.json({ assam: 12, sencha: 40 })
}

app.listen(3000)

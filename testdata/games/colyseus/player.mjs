// Joins the room with a ticket and says what it hears, a line of JSON each. Usage: node player.mjs GAME < tickets
// Each line on the input is a ticket to join with, or `say TEXT` for the last that got in.
import { createInterface } from 'node:readline';
import { Client } from 'colyseus.js';

const client = new Client(process.argv[2]);
const tell = (what) => console.log(JSON.stringify(what));
let room;

for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith('say ')) room.send('say', line.slice(4));
  else await join(line);
}

async function join(ticket) {
  client.auth.token = ticket;
  try {
    room = await client.joinOrCreate('arena');
    room.onMessage('welcome', (name) => tell({ welcome: name }));
    room.onMessage('said', (text) => tell({ said: text }));
    room.onLeave((code) => tell({ left: code }));
  } catch (error) {
    tell({ refused: error.message });
  }
}
